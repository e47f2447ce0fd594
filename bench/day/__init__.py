"""A morning of three hundred people, replayed against real processes: seeded, always the same."""
