"""The lists of a board's posts."""
