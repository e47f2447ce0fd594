"""Keys and password hashes: the only place where secrets are made into something checkable."""
