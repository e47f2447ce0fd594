"""The admin area: what a tenant's admins decide."""
