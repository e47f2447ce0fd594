"""What open pages are told: the log of messages, and the rooms that carry them to sockets."""
