"""Rights: who may do what in a tenant, compiled once per person and asked without a query."""
