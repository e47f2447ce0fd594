"""What sealing, checking and keeping ask of the database, as `maru_system`."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

_LINE: Final = """
    tenant_id::text, kind, id::text, maru.utc(created_at), person_id::text, operator, plugin,
    action, target, address, before::text, after::text, trace, number, seal"""
# Keeps other sealers of this tenant away until the transaction ends; 0x6175 is "au".
_LOCK: Final = "(24949, hashtext(CAST(:tenant AS text)))"


def _text(sql: str, **types: Any) -> sa.TextClause:
    return sa.text(sql).bindparams(
        *(sa.bindparam(name, type_=kind) for name, kind in types.items())
    )


WAITING: Final = sa.text("SELECT DISTINCT tenant_id FROM maru.audit WHERE number IS NULL LIMIT 500")
BEHIND: Final = sa.text(
    "SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM maru.audit"
    " WHERE number IS NULL"
)
TRY_LOCK: Final = _text(f"SELECT pg_try_advisory_xact_lock{_LOCK}", tenant=sa.Text)
LOCK: Final = _text(f"SELECT pg_advisory_xact_lock{_LOCK}", tenant=sa.Text)
UNSEALED: Final = _text(
    f"SELECT {_LINE} FROM maru.audit WHERE tenant_id = :tenant AND number IS NULL"  # noqa: S608
    " ORDER BY id LIMIT :most",
    tenant=sa.Uuid,
    most=sa.BigInteger,
)
SEAL: Final = _text(
    "UPDATE maru.audit a SET number = v.number, seal = v.seal"
    "  FROM unnest(:ids, :kinds, :numbers, :seals) AS v (id, kind, number, seal)"
    " WHERE a.tenant_id = :tenant AND a.kind = v.kind AND a.id = v.id AND a.number IS NULL",
    tenant=sa.Uuid,
    ids=ARRAY(sa.Uuid),
    kinds=ARRAY(sa.Text),
    numbers=ARRAY(sa.BigInteger),
    seals=ARRAY(sa.Text),
)
TAIL: Final = _text(
    "SELECT kind, count(*), min(created_at), min(id::text)"
    "  FROM maru.audit WHERE tenant_id = :tenant AND number IS NULL GROUP BY kind ORDER BY kind",
    tenant=sa.Uuid,
)
SEALED: Final = _text(
    f"SELECT {_LINE} FROM maru.audit"  # noqa: S608
    "  WHERE tenant_id = :tenant AND kind = :kind AND (number, id) > (:number, CAST(:id AS uuid))"
    " ORDER BY number, id LIMIT :most",
    tenant=sa.Uuid,
    kind=sa.Text,
    number=sa.BigInteger,
    id=sa.Text,
    most=sa.BigInteger,
)
LAST_CHECKPOINT: Final = _text(
    "SELECT tenant_id, day, made_at, heads, key, signature FROM maru.audit_checkpoint"
    " WHERE tenant_id = :tenant ORDER BY day DESC LIMIT 1",
    tenant=sa.Uuid,
)
CHECKPOINTS: Final = _text(
    "SELECT tenant_id, day, made_at, heads, key, signature FROM maru.audit_checkpoint"
    " WHERE tenant_id = :tenant ORDER BY day",
    tenant=sa.Uuid,
)
KEEP_CHECKPOINT: Final = _text(
    "INSERT INTO maru.audit_checkpoint (tenant_id, id, day, made_at, heads, key, signature)"
    " VALUES (:tenant, :id, :day, :made_at, :heads, :key, :signature)"
    " ON CONFLICT (tenant_id, day) DO UPDATE SET made_at = excluded.made_at,"
    " heads = excluded.heads, key = excluded.key, signature = excluded.signature,"
    " updated_at = now()",
    tenant=sa.Uuid,
    id=sa.Uuid,
    heads=JSONB(),
)
STALE: Final = sa.text(
    "SELECT tenant_id FROM maru.audit_checkpoint GROUP BY tenant_id"
    " HAVING max(made_at) < :before LIMIT 500"
)
TENANTS: Final = sa.text("SELECT id, slug FROM maru.tenant ORDER BY slug")
SNAPSHOT: Final = sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
PARTITIONS: Final = sa.text(
    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
    " WHERE i.inhparent = 'maru.audit'::regclass ORDER BY c.relname"
)
FORGET: Final = _text(
    "DELETE FROM maru.audit_checkpoint c WHERE c.day < :before AND EXISTS (SELECT"
    " FROM maru.audit_checkpoint o WHERE o.tenant_id = c.tenant_id AND o.day > c.day)",
    before=sa.Date,
)


def tenants_with(where: str) -> sa.TextClause:
    """Whose lines meet a condition."""
    return sa.text(f"SELECT DISTINCT tenant_id FROM maru.audit WHERE {where}")  # noqa: S608


def first_beside(where: str) -> sa.TextClause:
    """The first number of a tenant's chain that doesn't meet a condition."""
    return _text(
        "SELECT min(number) FROM maru.audit"  # noqa: S608
        f" WHERE tenant_id = :tenant AND kind = :kind AND NOT ({where})",
        tenant=sa.Uuid,
    )


def late_of(where: str) -> sa.TextClause:
    """Of the lines that meet a condition the one before the chain's new beginning, and those
    behind it; such as have no number, too."""
    going = f"FROM maru.audit WHERE tenant_id = :tenant AND {where}"
    last = f"(SELECT max(number) {going} AND number <= :first)"
    return _text(
        f"SELECT {_LINE} {going} AND (number >= coalesce({last}, 0) OR number IS NULL)"
        " ORDER BY number NULLS FIRST",
        tenant=sa.Uuid,
        first=sa.BigInteger,
    )


def deletion_of(where: str) -> sa.TextClause:
    """Deletes the lines that meet a condition."""
    return sa.text(f"DELETE FROM maru.audit WHERE {where}")  # noqa: S608
