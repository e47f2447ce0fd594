"""A plugin that goes out: the same code trusted and isolated."""
