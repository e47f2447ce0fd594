"""Posts that are gone: in the trash, or because their time is over."""
