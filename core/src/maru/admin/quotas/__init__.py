"""What a tenant may have and what it uses, as its own administrators see it."""
