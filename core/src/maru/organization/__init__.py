"""People, departments and positions of a tenant: the rules of changing them, their pages."""
