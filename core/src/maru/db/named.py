"""The exceptions, all in one place: tables without a tenant, and what each serving role may do.

Whoever adds a line here widens what a mistake can reach; the walk of the catalogue refuses every
table that is neither like the others nor named here.
"""

from collections.abc import Mapping
from types import MappingProxyType

SCHEMA = "maru"
VERSIONS = "alembic_version"

# Tables of core that no tenant owns. Every schema has its `alembic_version` besides.
SHARED = frozenset(
    {
        *("alert", "plugin_described", "plugin_trust", "secret_check"),
        *("signal", "signing_key", "tenant", "ticket_key"),
    }
)

_ALL = "SELECT, INSERT, UPDATE, DELETE"

# What the runtime role may do, where that is not everything with a tenant's rows.
APP_GRANTS: Mapping[str, str] = MappingProxyType(
    {
        "tenant": "SELECT",
        "signing_key": _ALL,
        "secret_check": "SELECT, INSERT, UPDATE",
        "signal": "SELECT, INSERT",
        "alert": "SELECT",
        "audit": "SELECT, INSERT",
        "live_message": "INSERT",
        "plugin_described": "SELECT",
        "ticket_key": "SELECT",
        VERSIONS: "SELECT",
    }
)

# What the system role may do, over all tenants; it has no grant on any other table.
SYSTEM_GRANTS: Mapping[str, str] = MappingProxyType(
    {
        "job": _ALL,
        "job_step": "SELECT, DELETE",
        "schedule_run": _ALL,
        "schedule_state": "SELECT",
        "event": "SELECT, INSERT, DELETE",
        "event_position": _ALL,
        "signal": "SELECT, INSERT, DELETE",
        "live_message": "SELECT, DELETE",
        "audit": "SELECT, INSERT, DELETE, UPDATE (number, seal)",
        "mail": "SELECT, DELETE",
        "tenant": "SELECT, INSERT, UPDATE",
        "plugin_state": _ALL,
        "alert": _ALL,
        VERSIONS: "SELECT",
    }
)

# What a plugin's migration role may see of core: whose rows to migrate, and whom to refer to.
PLUGIN_GRANTS: Mapping[str, str] = MappingProxyType(
    {"tenant": "SELECT", "person": "REFERENCES", "department": "REFERENCES"}
)

# What every isolated plugin may see of core, in the tenant of its ticket: columns of a person.
ISOLATED_GRANTS: Mapping[str, str] = MappingProxyType(
    {
        "person": "SELECT (tenant_id, id, username, username_key, name, locale, timezone,"
        " department_id, state)"
    }
)

# Functions that run with their owner's rights, by name: the doors of isolated plugins. Each looks
# at the ticket first, and writes nothing but in the ticket's name.
DEFINERS: frozenset[str] = frozenset(
    f"{SCHEMA}.isolated_{name}"
    for name in ("ticket", "enqueue", "publish", "audit", "settings", "finish")
)
