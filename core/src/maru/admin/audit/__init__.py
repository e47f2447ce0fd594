"""The audit trail as its readers look through it, and take it along."""
