"""A plugin that nobody has vouched for: what it may do, and what it tries."""
