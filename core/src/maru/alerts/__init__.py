"""Alerts: rules over the figures of all processes, and who is told when one comes true."""
