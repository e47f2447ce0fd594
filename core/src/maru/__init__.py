"""Maru, the portal: the core that every plugin stands on."""
