"""OpenID Connect: the code flow with PKCE, from discovery to sign-out."""
