"""The admin area of departments."""
