"""A morning of three hundred people, replayed against real processes: seeded, the same each time."""
