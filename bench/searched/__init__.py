"""Search over two hundred thousand Korean posts and a hundred thousand people."""
