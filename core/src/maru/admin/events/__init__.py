"""The log of events and its listeners, as the tenant's admins see and replay them."""
