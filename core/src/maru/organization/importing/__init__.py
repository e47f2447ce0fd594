"""Lists of people from a file: read, compared with who is there, shown, and applied as a whole."""
