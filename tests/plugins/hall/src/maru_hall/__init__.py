"""A plugin that others build on."""
