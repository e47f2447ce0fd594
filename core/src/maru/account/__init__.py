"""Core's own plugins around a person's account: `auth`, `users`, `login` and `logout`."""
