"""The plugin host: finds plugins, checks what they declare, and decides what runs where."""
