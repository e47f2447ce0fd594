"""Who likes what."""
