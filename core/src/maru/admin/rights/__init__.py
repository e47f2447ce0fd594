"""Roles, grants and groups, as a tenant's admins change them, and why somebody may do something."""
