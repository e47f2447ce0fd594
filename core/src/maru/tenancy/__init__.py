"""Tenants: the directory of all, their founding, and what each has switched on."""
