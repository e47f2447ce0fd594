"""Tables and queries (interim; the database branch replaces it)."""


class TenantModel:
    """A table of a plugin."""
