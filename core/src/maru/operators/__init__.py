"""Operators: who runs the installation, how they sign in, and what they do with tenants."""
