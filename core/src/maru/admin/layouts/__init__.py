"""Layouts of the tenant and of roles in the admin area."""
