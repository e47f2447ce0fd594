"""Files of all tenants: what they are called, what is in them, where it lies and how it is read."""
