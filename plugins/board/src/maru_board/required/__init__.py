"""Posts that people must read: by when, and who has confirmed that they have."""
