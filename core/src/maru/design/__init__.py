"""The living page of the design system: each component as plugins use it."""
