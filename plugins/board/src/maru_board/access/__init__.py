"""Who may read, comment, write and moderate on one board."""
