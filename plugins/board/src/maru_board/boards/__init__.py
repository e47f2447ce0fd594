"""The boards themselves."""
