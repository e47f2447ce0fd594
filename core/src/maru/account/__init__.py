"""Core's own plugins around a person's account: `auth`, `users`, `preferences`, `login` and
`logout`."""
