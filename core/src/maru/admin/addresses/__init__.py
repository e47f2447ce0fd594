"""From which addresses a tenant's admin area may be used."""
