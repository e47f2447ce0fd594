"""Plugins that an operator has not vouched for: known here by what they declare, run elsewhere."""
