"""The tenant's schedules, as its admins see them, turn them off and run them now."""
