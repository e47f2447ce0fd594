"""What went on in a tenant, day by day."""
