"""The admin area of positions."""
