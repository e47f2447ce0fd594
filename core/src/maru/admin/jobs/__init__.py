"""The tenant's jobs, dead letters among them, as its admins see and mend them."""
