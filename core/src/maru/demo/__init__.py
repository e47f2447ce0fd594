"""The demo's two companies: invented, believable, and the same at every seeding."""
