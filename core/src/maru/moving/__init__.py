"""Moving a tenant: its export into an archive, its import elsewhere, and its erasure. All three ask
the catalogue which tables there are, so a plugin's take part without its author's doing."""
