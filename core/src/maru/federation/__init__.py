"""Sign-in elsewhere: OpenID Connect providers and directories that vouch for a tenant's people."""
