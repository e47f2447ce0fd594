"""The exceptions, all in one place: tables without a tenant, and what each serving role may do.

Whoever adds a line here widens what a mistake can reach; the walk of the catalogue refuses every
table that is neither like the others nor named here.
"""

from collections.abc import Mapping
from types import MappingProxyType

SCHEMA = "maru"
VERSIONS = "alembic_version"

# Tables of core that no tenant owns. Every schema has its `alembic_version` besides.
SHARED = frozenset({"tenant", "signing_key", "signal"})

_ALL = "SELECT, INSERT, UPDATE, DELETE"

# What the runtime role may do, where that is not everything with a tenant's rows.
APP_GRANTS: Mapping[str, str] = MappingProxyType(
    {
        "tenant": "SELECT",
        "signing_key": _ALL,
        "signal": "SELECT, INSERT",
        "audit": "SELECT, INSERT",
        VERSIONS: "SELECT",
    }
)

# What the system role may do, over all tenants; it has no grant on any other table.
SYSTEM_GRANTS: Mapping[str, str] = MappingProxyType(
    {
        "job": _ALL,
        "job_step": "SELECT, DELETE",
        "schedule_run": _ALL,
        "event": "SELECT, INSERT, DELETE",
        "event_position": _ALL,
        "signal": "SELECT, INSERT, DELETE",
        "audit": "SELECT, INSERT, DELETE, UPDATE (number, seal)",
        "mail": "SELECT, DELETE",
        "tenant": "SELECT, INSERT, UPDATE",
        "plugin_state": _ALL,
        VERSIONS: "SELECT",
    }
)

# What a plugin's migration role may see of core: whose rows to migrate, and whom to refer to.
PLUGIN_GRANTS: Mapping[str, str] = MappingProxyType(
    {"tenant": "SELECT", "person": "REFERENCES", "department": "REFERENCES"}
)

# Functions that run with their owner's rights, by name. There are none yet.
DEFINERS: frozenset[str] = frozenset()
