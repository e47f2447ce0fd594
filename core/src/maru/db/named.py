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
        *("operator", "operator_audit", "operator_session", "operator_task", "tenant_usage"),
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
        "audit_checkpoint": "SELECT",
        "isolated_said": "",
        "live_message": "INSERT",
        "plugin_described": "SELECT",
        "ticket_key": "SELECT",
        "operator": "SELECT, UPDATE (password_hash, last_sign_in_at, updated_at)",
        "operator_audit": "SELECT, INSERT",
        "operator_session": _ALL,
        "operator_task": "SELECT, INSERT",
        "tenant_usage": "SELECT",
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
        "isolated_said": "SELECT, DELETE",
        "live_message": "SELECT, DELETE",
        "audit": "SELECT, INSERT, DELETE, UPDATE (number, seal)",
        "audit_checkpoint": _ALL,
        "mail": "SELECT, DELETE",
        "tenant": _ALL,
        "operator": _ALL,
        "operator_audit": "SELECT, INSERT",
        "operator_session": _ALL,
        "operator_task": _ALL,
        "operator_authenticator": "SELECT, DELETE",
        "operator_passkey": "SELECT, DELETE",
        "operator_recovery_code": "SELECT, DELETE",
        "operator_recovery_sheet": "SELECT, DELETE",
        "operator_factor_guard": "SELECT, DELETE",
        "tenant_usage": _ALL,
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

# What the system role alone may call: it makes the partitions of the audit trail, and drops those
# whose time is over.
PARTITIONER = f"{SCHEMA}.audit_partition"

# What the one search function may read, over all tenants: it adds the tenant's condition itself,
# since no index serves a text search beneath row-level security.
SEARCHED: frozenset[str] = frozenset({"search_row"})
SEARCHER = f"{SCHEMA}.search_find"

# Functions that run with their owner's rights, by name: the doors of isolated plugins. Each looks
# at the ticket first, and writes nothing but in the ticket's name.
DEFINERS: frozenset[str] = frozenset(
    f"{SCHEMA}.isolated_{name}"
    for name in (
        *("ticket", "enqueue", "publish", "audit", "settings", "finish"),
        *("enqueue_all", "cancel", "step_done", "step", "live", "mail", "claim", "keep"),
        "notify",
    )
) | {PARTITIONER, SEARCHER}
