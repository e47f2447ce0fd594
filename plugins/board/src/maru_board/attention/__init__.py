"""Who has read what."""
