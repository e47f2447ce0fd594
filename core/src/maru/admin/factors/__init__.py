"""Second factors, as a tenant's administrators ask for them and take them away."""
