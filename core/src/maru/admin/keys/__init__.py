"""Data keys of a tenant: which there are, a new one, and everything sealed anew under it."""
