"""The floor: core's functions and tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001_floor"
down_revision = None
branch_labels = None
depends_on = None

TRANSACTION = "(pg_current_xact_id()::text)::bigint"

# STABLE and not IMMUTABLE: an IMMUTABLE helper freezes the first tenant into a cached plan.
TENANT = """
CREATE FUNCTION maru.tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN NULLIF(current_setting('maru.tenant', true), '')::uuid"""

UTC = """
CREATE FUNCTION maru.utc(moment timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""

# The scope is SET LOCAL here too: it holds for this transaction, and one that is set stays.
READ = """
CREATE FUNCTION maru.read(scope uuid, query text, args text[]) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY INVOKER AS $$
DECLARE
  present text := NULLIF(current_setting('maru.tenant', true), '');
  answer text;
BEGIN
  IF scope IS NOT NULL AND present IS NULL THEN
    EXECUTE format('SET LOCAL maru.tenant = %L', scope);
  ELSIF present IS DISTINCT FROM scope::text THEN
    RAISE insufficient_privilege USING MESSAGE = 'another tenant is at work in this transaction';
  END IF;
  EXECUTE 'SELECT coalesce(json_agg(q), ''[]'')::text FROM (' || query || ') q'
    INTO answer USING args;
  RETURN answer;
END $$"""


def upgrade() -> None:
    for function in (TENANT, UTC, READ):
        op.execute(function)
    _people()
    _tenancy()
    _sessions()
    _access()
    _audit()
    _jobs()
    _events()
    _portal()


def downgrade() -> None:
    op.drop_constraint("department_manager_id_fkey", "department")
    for table in (
        *("idempotency", "portal_layout", "signal", "event_position", "event"),
        *("schedule_run", "job_step", "job", "audit"),
        *("role_grant", "role_permission", "role", "signing_key", "refresh_token", "session"),
        *("setting", "plugin_state", "person", "department", "tenant"),
    ):
        op.drop_table(table)
    for function in ("read(uuid, text, text[])", "utc(timestamptz)", "tenant()"):
        op.execute(f"DROP FUNCTION maru.{function}")


def _tenancy() -> None:
    _table(
        "tenant",
        _column("slug", sa.String(63)),
        _column("name", sa.Text()),
        _column("domain", sa.Text(), null=True),
        _column("state", sa.Text(), default="'active'"),
        _column("locale", sa.Text(), default="'ko'"),
        _column("timezone", sa.Text(), default="'Asia/Seoul'"),
        sa.CheckConstraint("state IN ('active', 'suspended', 'frozen')", name="tenant_state_check"),
        shared=True,
    )
    _index("tenant_domain_key", "tenant", "domain", unique=True)
    _index("tenant_slug_key", "tenant", "slug", unique=True)
    _table(
        "plugin_state",
        _column("key", sa.Text()),
        _column("enabled", sa.Boolean()),
        _column("generation", sa.BigInteger(), default="1"),
        _column("changed_by", sa.Uuid(), null=True),
        _refers("plugin_state", "changed_by", "person"),
    )
    _index("plugin_state_key_key", "plugin_state", "tenant_id", "key", unique=True)
    _table(
        "setting",
        _column("plugin", sa.Text()),
        _column("content", JSONB(), default="'{}'"),
        _column("version", sa.BigInteger(), default="1"),
    )
    _index("setting_plugin_key", "setting", "tenant_id", "plugin", unique=True)


def _people() -> None:
    _table(
        "department",
        _column("name", sa.Text()),
        _column("parent_id", sa.Uuid(), null=True),
        _column("manager_id", sa.Uuid(), null=True),
        _column("rank", sa.BigInteger(), default="0"),
        _column("source", sa.Text(), null=True),
        _column("external_id", sa.Text(), null=True),
        _refers("department", "parent_id", "department"),
    )
    _index("department_manager_id_idx", "department", "tenant_id", "manager_id")
    _index("department_parent_id_rank_idx", "department", "tenant_id", "parent_id", "rank")
    _index(
        "department_source_external_id_key",
        "department",
        "tenant_id",
        "source",
        "external_id",
        unique=True,
    )
    _table(
        "person",
        _column("username", sa.Text()),
        _column("username_key", sa.Text()),
        _column("employee_number", sa.Text(), null=True),
        _column("name", sa.Text()),
        _column("initials", sa.Text(), default="''"),
        _column("email", sa.Text(), null=True),
        _column("email_key", sa.Text(), null=True),
        _column("phone", sa.Text(), null=True),
        _column("department_id", sa.Uuid(), null=True),
        _column("position", sa.Text(), null=True),
        _column("photo_url", sa.Text(), null=True),
        _column("password_hash", sa.Text(), null=True),
        _column("password_changed_at", sa.DateTime(timezone=True), null=True),
        _column("must_change_password", sa.Boolean(), default="false"),
        _column("failed_sign_ins", sa.BigInteger(), default="0"),
        _column("locked_until", sa.DateTime(timezone=True), null=True),
        _column("locale", sa.Text(), null=True),
        _column("timezone", sa.Text(), null=True),
        _column("state", sa.Text(), default="'active'"),
        _column("last_sign_in_at", sa.DateTime(timezone=True), null=True),
        _column("source", sa.Text(), null=True),
        _column("external_id", sa.Text(), null=True),
        _refers("person", "department_id", "department"),
        sa.CheckConstraint("state IN ('active', 'inactive')", name="person_state_check"),
    )
    _index("person_department_id_name_idx", "person", "tenant_id", "department_id", "name")
    _index("person_email_key_idx", "person", "tenant_id", "email_key")
    _index("person_employee_number_key", "person", "tenant_id", "employee_number", unique=True)
    _index("person_name_id_idx", "person", "tenant_id", "name", "id")
    _index(
        "person_source_external_id_key", "person", "tenant_id", "source", "external_id", unique=True
    )
    _index("person_username_key_key", "person", "tenant_id", "username_key", unique=True)
    op.create_foreign_key(
        "department_manager_id_fkey",
        "department",
        "person",
        ["tenant_id", "manager_id"],
        ["tenant_id", "id"],
        deferrable=True,
        initially="DEFERRED",
    )


def _sessions() -> None:
    _table(
        "session",
        _column("person_id", sa.Uuid()),
        _column("last_seen_at", sa.DateTime(timezone=True)),
        _column("expires_at", sa.DateTime(timezone=True)),
        _column("ended_at", sa.DateTime(timezone=True), null=True),
        _column("end_reason", sa.Text(), null=True),
        _column("method", sa.Text(), default="'password'"),
        _column("address", sa.Text(), null=True),
        _column("agent", sa.Text(), null=True),
        _refers("session", "person_id", "person"),
    )
    _index("session_expires_at_idx", "session", "tenant_id", "expires_at")
    _index("session_person_id_ended_at_idx", "session", "tenant_id", "person_id", "ended_at")
    _table(
        "refresh_token",
        _column("session_id", sa.Uuid()),
        _column("token_hash", sa.Text()),
        _column("parent_id", sa.Uuid(), null=True),
        _column("child_id", sa.Uuid(), null=True),
        _column("rotated_at", sa.DateTime(timezone=True), null=True),
        _column("expires_at", sa.DateTime(timezone=True)),
        _refers("refresh_token", "session_id", "session", on_delete="CASCADE"),
    )
    _index("refresh_token_expires_at_idx", "refresh_token", "tenant_id", "expires_at")
    _index("refresh_token_session_id_idx", "refresh_token", "tenant_id", "session_id")
    _index("refresh_token_token_hash_key", "refresh_token", "tenant_id", "token_hash", unique=True)
    _table(
        "signing_key",
        _column("kid", sa.Text()),
        _column("algorithm", sa.Text()),
        _column("public_key", sa.Text()),
        _column("private_key", sa.Text()),
        _column("retired_at", sa.DateTime(timezone=True), null=True),
        shared=True,
    )
    _index("signing_key_kid_key", "signing_key", "kid", unique=True)


def _access() -> None:
    _table(
        "role",
        _column("key", sa.Text()),
        _column("name", sa.Text()),
        _column("rank", sa.BigInteger(), default="100"),
        _column("builtin", sa.Boolean(), default="false"),
    )
    _index("role_key_key", "role", "tenant_id", "key", unique=True)
    _table(
        "role_permission",
        _column("role_id", sa.Uuid()),
        _column("permission", sa.Text()),
        _refers("role_permission", "role_id", "role", on_delete="CASCADE"),
    )
    _index(
        "role_permission_role_id_permission_key",
        "role_permission",
        "tenant_id",
        "role_id",
        "permission",
        unique=True,
    )
    _table(
        "role_grant",
        _column("role_id", sa.Uuid()),
        _column("subject_kind", sa.Text()),
        _column("subject_id", sa.Uuid()),
        _column("scope_id", sa.Uuid(), null=True),
        _refers("role_grant", "role_id", "role", on_delete="CASCADE"),
        _refers("role_grant", "scope_id", "department"),
        sa.CheckConstraint(
            "subject_kind IN ('person', 'department', 'group')",
            name="role_grant_subject_kind_check",
        ),
    )
    _index(
        "role_grant_role_id_subject_kind_subject_id_scope_id_key",
        "role_grant",
        "tenant_id",
        "role_id",
        "subject_kind",
        "subject_id",
        "scope_id",
        unique=True,
        nulls_not_distinct=True,
    )
    _index("role_grant_scope_id_idx", "role_grant", "tenant_id", "scope_id")
    _index(
        "role_grant_subject_kind_subject_id_idx",
        "role_grant",
        "tenant_id",
        "subject_kind",
        "subject_id",
    )


def _audit() -> None:
    _table(
        "audit",
        _column("person_id", sa.Uuid(), null=True),
        _column("plugin", sa.Text(), default="'core'"),
        _column("action", sa.Text()),
        _column("target", sa.Text()),
        _column("address", sa.Text(), null=True),
        _column("before", JSONB(), null=True),
        _column("after", JSONB(), null=True),
        _column("trace", sa.Text(), null=True),
        _column("number", sa.BigInteger(), null=True),
        _column("seal", sa.Text(), null=True),
        _refers("audit", "person_id", "person"),
    )
    _index("audit_action_created_at_idx", "audit", "tenant_id", "action", "created_at")
    _index("audit_created_at_id_idx", "audit", "tenant_id", "created_at", "id")
    _index("audit_number_key", "audit", "tenant_id", "number", unique=True)
    _index("audit_person_id_idx", "audit", "tenant_id", "person_id")
    _index("audit_target_created_at_idx", "audit", "tenant_id", "target", "created_at")


def _jobs() -> None:
    _table(
        "job",
        _column("kind", sa.Text()),
        _column("plugin", sa.Text()),
        _column("payload", JSONB(), default="'{}'"),
        _column("seed", JSONB(), default="'{}'"),
        _column("priority", sa.SmallInteger(), default="50"),
        _column("due_at", sa.DateTime(timezone=True), default="now()"),
        _column("state", sa.Text(), default="'waiting'"),
        _column("unique_key", sa.Text(), null=True),
        _column("tries", sa.BigInteger(), default="0"),
        _column("max_tries", sa.BigInteger(), default="5"),
        _column("lease_until", sa.DateTime(timezone=True), null=True),
        _column("lease_by", sa.Text(), null=True),
        _column("window_at", sa.DateTime(timezone=True), null=True),
        _column("deaths", sa.SmallInteger(), default="0"),
        _column("lane", sa.Text(), null=True),
        _column("lane_number", sa.BigInteger(), null=True),
        _column("started_at", sa.DateTime(timezone=True), null=True),
        _column("finished_at", sa.DateTime(timezone=True), null=True),
        _column("error", sa.Text(), null=True),
        _column("result", JSONB(), null=True),
        _column("progress", JSONB(), null=True),
        _column("enqueued_by", sa.Uuid(), null=True),
        _column("trace", sa.Text(), null=True),
        _refers("job", "enqueued_by", "person"),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed', 'dead', 'cancelled', 'parked')",
            name="job_state_check",
        ),
    )
    _index("job_enqueued_by_idx", "job", "tenant_id", "enqueued_by")
    _index("job_finished_at_shared_idx", "job", "finished_at", where="finished_at IS NOT NULL")
    _index("job_kind_created_at_idx", "job", "tenant_id", "kind", "created_at")
    _index("job_due_at_shared_idx", "job", "due_at", where="state = 'waiting'")
    _index("job_kind_shared_idx", "job", "kind", where="state = 'parked'")
    lane = ("tenant_id", "lane", "lane_number")
    _index("job_lane_lane_number_idx", "job", *lane, where="lane IS NOT NULL")
    _index("job_lease_until_shared_idx", "job", "lease_until", where="lease_until IS NOT NULL")
    due = ("tenant_id", "priority", "due_at")
    _index("job_priority_due_at_idx", "job", *due, where="state = 'waiting'")
    _index("job_state_due_at_idx", "job", "tenant_id", "state", "due_at")
    _index(
        "job_unique_key_key",
        "job",
        "tenant_id",
        "unique_key",
        unique=True,
        where="state = 'waiting'",
    )
    _table(
        "job_step",
        _column("job_id", sa.Uuid()),
        _column("name", sa.Text()),
        _refers("job_step", "job_id", "job", on_delete="CASCADE"),
    )
    _index("job_step_job_id_name_key", "job_step", "tenant_id", "job_id", "name", unique=True)
    _table(
        "schedule_run",
        _column("schedule", sa.Text()),
        _column("run_key", sa.Text()),
        _column("job_id", sa.Uuid(), null=True),
        _refers("schedule_run", "job_id", "job", on_delete="SET NULL (job_id)"),
    )
    _index("schedule_run_job_id_idx", "schedule_run", "tenant_id", "job_id")
    _index(
        "schedule_run_schedule_run_key_key",
        "schedule_run",
        "tenant_id",
        "schedule",
        "run_key",
        unique=True,
    )


def _events() -> None:
    _table(
        "event",
        _column("number", sa.BigInteger(), sa.Identity(always=True)),
        _column("xid", sa.BigInteger(), default=TRANSACTION),
        _column("name", sa.Text()),
        _column("version", sa.SmallInteger(), default="1"),
        _column("key", sa.Text(), default="''"),
        _column("body", JSONB(), default="'{}'"),
        _column("actor_id", sa.Uuid(), null=True),
        _column("trace", sa.Text(), null=True),
        _refers("event", "actor_id", "person"),
    )
    _index("event_created_at_shared_idx", "event", "created_at")
    _index("event_xid_number_idx", "event", "tenant_id", "xid", "number")
    _index("event_xid_shared_idx", "event", "xid")
    _table(
        "event_position",
        _column("listener", sa.Text()),
        _column("xid", sa.BigInteger(), default="0"),
        _column("number", sa.BigInteger(), default="0"),
    )
    _index("event_position_listener_key", "event_position", "tenant_id", "listener", unique=True)
    _table(
        "signal",
        _column("number", sa.BigInteger(), sa.Identity(always=True)),
        _column("xid", sa.BigInteger(), default=TRANSACTION),
        _column("kind", sa.Text()),
        _column("key", sa.Text()),
        _column("tenant", sa.Uuid(), null=True),
        shared=True,
    )
    _index("signal_created_at_shared_idx", "signal", "created_at")
    _index("signal_xid_shared_idx", "signal", "xid")


def _portal() -> None:
    _table(
        "portal_layout",
        _column("owner_kind", sa.Text()),
        _column("owner_id", sa.Uuid()),
        _column("version", sa.BigInteger(), default="1"),
        _column("differences", JSONB(), default="'{}'"),
        sa.CheckConstraint(
            "owner_kind IN ('tenant', 'role', 'person')", name="portal_layout_owner_kind_check"
        ),
    )
    _index(
        "portal_layout_owner_kind_owner_id_key",
        "portal_layout",
        "tenant_id",
        "owner_kind",
        "owner_id",
        unique=True,
    )
    _table(
        "idempotency",
        _column("person_id", sa.Uuid(), null=True),
        _column("route", sa.Text()),
        _column("key", sa.Text()),
        _column("body_hash", sa.Text()),
        _column("status", sa.BigInteger(), null=True),
        _column("headers", JSONB(), default="'{}'"),
        _column("body", sa.LargeBinary(), null=True),
        _refers("idempotency", "person_id", "person"),
    )
    _index("idempotency_created_at_idx", "idempotency", "tenant_id", "created_at")
    _index(
        "idempotency_person_id_route_key_key",
        "idempotency",
        "tenant_id",
        "person_id",
        "route",
        "key",
        unique=True,
        nulls_not_distinct=True,
    )


def _table(name: str, *parts: Any, shared: bool = False) -> None:
    now = sa.text("now()")
    tenant = sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()"))
    key = ["id"] if shared else ["tenant_id", "id"]
    op.create_table(
        name,
        *([] if shared else [tenant]),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        *parts,
        sa.PrimaryKeyConstraint(*key),
    )


def _column(
    name: str, kind: Any, *parts: Any, default: str | None = None, null: bool = False
) -> sa.Column[Any]:
    given = None if default is None else sa.text(default)
    return sa.Column(name, kind, *parts, server_default=given, nullable=null)


def _refers(
    table: str, column: str, to: str, on_delete: str | None = None
) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", column],
        [f"maru.{to}.tenant_id", f"maru.{to}.id"],
        name=f"{table}_{column}_fkey",
        ondelete=on_delete,
    )


def _index(
    name: str,
    table: str,
    *columns: str,
    unique: bool = False,
    where: str | None = None,
    nulls_not_distinct: bool | None = None,
) -> None:
    op.create_index(
        name,
        table,
        list(columns),
        unique=unique,
        postgresql_where=None if where is None else sa.text(where),
        postgresql_nulls_not_distinct=nulls_not_distinct,
    )
