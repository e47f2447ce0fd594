"""How people sign in: what is asked of passwords, invitations, their sessions and tokens."""
