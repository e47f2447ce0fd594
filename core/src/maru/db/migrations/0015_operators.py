"""Operators with their sessions and tasks, what they say of a tenant, and quotas that hold by
themselves."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015_operators"
down_revision = "0014_rights"
branch_labels = None
depends_on = None

BEFORE = ("active", "suspended", "frozen")
STATES = (*BEFORE, "deleting", "erasing")

# One statement, whoever wrote it: no way of making a person is without it. Those who are here when
# a quota is lowered stay; the lock keeps two transactions from sharing the last place.
PEOPLE = """
CREATE FUNCTION maru.keep_people_quota() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  most bigint;
  there bigint;
BEGIN
  SELECT quota_people INTO most FROM maru.tenant WHERE id = maru.tenant();
  IF most IS NULL THEN RETURN NULL; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('maru.quota_people:' || maru.tenant()::text, 0));
  SELECT count(*) INTO there FROM maru.person WHERE state = 'active';
  IF there > most THEN
    RAISE EXCEPTION USING ERRCODE = 'MQ001', MESSAGE = 'people', DETAIL = most::text;
  END IF;
  RETURN NULL;
END $$"""
ADDED = """
CREATE TRIGGER person_quota_added AFTER INSERT ON maru.person
FOR EACH STATEMENT EXECUTE FUNCTION maru.keep_people_quota()"""
BACK = """
CREATE TRIGGER person_quota_back AFTER UPDATE OF state ON maru.person
FOR EACH ROW WHEN (NEW.state = 'active' AND OLD.state <> 'active')
EXECUTE FUNCTION maru.keep_people_quota()"""

# What comes with an archive keeps its number: the tenant's other rows name it.
PROMISE = """
CREATE OR REPLACE FUNCTION maru.promise() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  lane int := (('x' || right(NEW.tenant_id::text, 8))::bit(32) & x'7fffffff')::int;
BEGIN
  IF current_setting('maru.importing', true) = 'on' THEN RETURN NEW; END IF;
  IF current_setting('maru.promised', true) IS DISTINCT FROM lane::text THEN
    PERFORM pg_advisory_xact_lock_shared(
              lane, (last_value - (NOT is_called)::int)::bit(32)::int) FROM maru.event_number_seq;
    EXECUTE format('SET LOCAL maru.promised = %L', lane);
  END IF;
  NEW.number := nextval('maru.event_number_seq');
  RETURN NEW;
END $$"""

# As 0009_promise made it.
PROMISE_BEFORE = """
CREATE OR REPLACE FUNCTION maru.promise() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  lane int := (('x' || right(NEW.tenant_id::text, 8))::bit(32) & x'7fffffff')::int;
BEGIN
  IF current_setting('maru.promised', true) IS DISTINCT FROM lane::text THEN
    PERFORM pg_advisory_xact_lock_shared(
              lane, (last_value - (NOT is_called)::int)::bit(32)::int) FROM maru.event_number_seq;
    EXECUTE format('SET LOCAL maru.promised = %L', lane);
  END IF;
  NEW.number := nextval('maru.event_number_seq');
  RETURN NEW;
END $$"""


def upgrade() -> None:
    _of_tenants()
    _of_operators()
    _of_tasks()
    op.add_column("audit", sa.Column("operator", sa.Text(), nullable=True))
    for sql in (PEOPLE, ADDED, BACK, PROMISE):
        op.execute(sql)


def downgrade() -> None:
    op.execute(PROMISE_BEFORE)
    for name in ("person_quota_added", "person_quota_back"):
        op.execute(f"DROP TRIGGER {name} ON maru.person")
    op.execute("DROP FUNCTION maru.keep_people_quota()")
    op.execute("ALTER TABLE maru.audit DROP COLUMN IF EXISTS operator")
    for table in ("operator_task", "operator_audit", "operator_session", "operator"):
        op.drop_table(table)
    op.drop_table("tenant_usage")
    op.execute("UPDATE maru.tenant SET state = 'suspended' WHERE state IN ('deleting', 'erasing')")
    _allow(BEFORE)
    for column in ("state_note", "delete_after", "quota_people", "quota_storage", "quota_jobs"):
        op.drop_column("tenant", column)


def _of_tenants() -> None:
    op.add_column("tenant", _column("state_note", sa.Text(), null=True))
    op.add_column("tenant", _column("delete_after", sa.DateTime(timezone=True), null=True))
    for quota in ("quota_people", "quota_storage", "quota_jobs"):
        op.add_column("tenant", _column(quota, sa.BigInteger(), null=True))
    _allow(STATES)
    _table(
        "tenant_usage",
        _column("tenant", sa.Uuid()),
        _column("people", sa.BigInteger(), default="0"),
        _column("storage", sa.BigInteger(), default="0"),
        _column("jobs", sa.BigInteger(), default="0"),
        _column("measured_at", sa.DateTime(timezone=True)),
    )
    _index("tenant_usage_tenant_key", "tenant_usage", "tenant", unique=True)


def _of_operators() -> None:
    _table(
        "operator",
        _column("username", sa.Text()),
        _column("username_key", sa.Text()),
        _column("name", sa.Text()),
        _column("password_hash", sa.Text()),
        _column("state", sa.Text(), default="'active'"),
        _column("last_sign_in_at", sa.DateTime(timezone=True), null=True),
        sa.CheckConstraint("state IN ('active', 'disabled')", name="state"),
    )
    _index("operator_username_key_key", "operator", "username_key", unique=True)
    _table(
        "operator_session",
        _column("operator_id", sa.Uuid()),
        _column("token_hash", sa.Text()),
        _column("kind", sa.Text()),
        _column("last_seen_at", sa.DateTime(timezone=True)),
        _column("expires_at", sa.DateTime(timezone=True)),
        _column("ended_at", sa.DateTime(timezone=True), null=True),
        _column("address", sa.Text(), null=True),
        _column("agent", sa.Text(), null=True),
        sa.CheckConstraint("kind IN ('browser', 'client')", name="kind"),
    )
    _index("operator_session_token_hash_key", "operator_session", "token_hash", unique=True)
    _index("operator_session_operator_id_shared_idx", "operator_session", "operator_id")
    _table(
        "operator_audit",
        _column("operator", sa.Text(), null=True),
        _column("action", sa.Text()),
        _column("target", sa.Text()),
        _column("tenant", sa.Uuid(), null=True),
        _column("address", sa.Text(), null=True),
        _column("before", JSONB(), null=True),
        _column("after", JSONB(), null=True),
        _column("trace", sa.Text(), null=True),
    )
    _index("operator_audit_created_at_id_shared_idx", "operator_audit", "created_at", "id")
    _index("operator_audit_target_created_at_shared_idx", "operator_audit", "target", "created_at")


def _of_tasks() -> None:
    _table(
        "operator_task",
        _column("kind", sa.Text()),
        _column("tenant", sa.Uuid()),
        _column("slug", sa.Text()),
        _column("ask", JSONB(), default="'{}'"),
        _column("operator", sa.Text(), null=True),
        _column("address", sa.Text(), null=True),
        _column("trace", sa.Text(), null=True),
        _column("state", sa.Text(), default="'waiting'"),
        _column("tries", sa.BigInteger(), default="0"),
        _column("lease_by", sa.Text(), null=True),
        _column("lease_until", sa.DateTime(timezone=True), null=True),
        _column("progress", JSONB(), null=True),
        _column("result", JSONB(), null=True),
        _column("error", JSONB(), null=True),
        _column("started_at", sa.DateTime(timezone=True), null=True),
        _column("finished_at", sa.DateTime(timezone=True), null=True),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'failed')", name="state"),
    )
    _index("operator_task_tenant_id_shared_idx", "operator_task", "tenant", "id")
    _index(
        "operator_task_state_id_shared_idx",
        "operator_task",
        "state",
        "id",
        where="state IN ('waiting', 'running')",
    )


def _allow(states: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("tenant_tenant_state_check_check"), "tenant")
    listed = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(
        op.f("tenant_tenant_state_check_check"), "tenant", f"state IN ({listed})"
    )


def _table(name: str, *parts: Any) -> None:
    now = sa.text("now()")
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("id"),
    )


def _column(
    name: str, kind: Any, *, default: str | None = None, null: bool = False
) -> sa.Column[Any]:
    given = None if default is None else sa.text(default)
    return sa.Column(name, kind, server_default=given, nullable=null)


def _index(
    name: str, table: str, *columns: str, unique: bool = False, where: str | None = None
) -> None:
    op.create_index(
        name,
        table,
        list(columns),
        unique=unique,
        postgresql_where=None if where is None else sa.text(where),
    )
