"""The audit trail in partitions: by kind, which says for how long lines are kept, and by the
quarter of their id. Checkpoints sign how far each tenant's chains reach.

One definer function makes partitions and drops those whose time is over; no other way leads there.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from maru_sdk.db import all_tenants

revision = "0016_audit"
down_revision = "0015_operators"
branch_labels = None
depends_on = None

KINDS = ("general", "personal", "rights")
COLUMNS = (
    "tenant_id, id, created_at, updated_at, person_id, plugin, action, target, address, before,"
    " after, trace, operator, number, seal"
)
INDEXES = {
    "audit_action_created_at_idx": "action, created_at",
    "audit_created_at_id_idx": "created_at, id",
    "audit_kind_number_idx": "kind, number",
    "audit_person_id_created_at_idx": "person_id, created_at",
    "audit_target_created_at_idx": "target, created_at",
}
BEFORE = {
    "audit_action_created_at_idx": "action, created_at",
    "audit_created_at_id_idx": "created_at, id",
    "audit_person_id_idx": "person_id",
    "audit_target_created_at_idx": "target, created_at",
}

# The first id of a moment: a UUIDv7 begins with its milliseconds.
FIRST_ID = """
CREATE FUNCTION maru.first_id(moment timestamptz) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0')
        || repeat('0', 20))::uuid"""

KEPT = """
CREATE FUNCTION maru.audit_kept(kind text) RETURNS interval LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE kind WHEN 'general' THEN interval '1 year' WHEN 'personal' THEN interval '2 years'
                 ELSE interval '3 years' END"""

# A partition is filled with what waits for it among the rest, policies and all, before it is
# attached: so writers are held up only while that looks through the rest, which is empty.
PARTITION = """
CREATE FUNCTION maru.audit_partition(act text, sort text, since date) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s' AS $$
DECLARE
  since_at timestamptz := date_trunc('quarter', since::timestamp) AT TIME ZONE 'UTC';
  until_at timestamptz := (date_trunc('quarter', since::timestamp) + interval '3 months')
                          AT TIME ZONE 'UTC';
  name text := format('audit_%s_%s', sort, to_char(since_at AT TIME ZONE 'UTC', 'YYYY"q"Q'));
  known boolean := to_regclass('maru.' || name) IS NOT NULL;
  present text := coalesce(current_setting('maru.tenant', true), '');
  one record;
BEGIN
  IF sort NOT IN ('general', 'personal', 'rights') OR act NOT IN ('make', 'drop') THEN
    RAISE invalid_parameter_value USING MESSAGE = 'make or drop a partition of a kind';
  ELSIF known = (act = 'make') THEN
    RETURN false;
  ELSIF act = 'drop' THEN
    IF until_at + maru.audit_kept(sort) > now() THEN
      RAISE insufficient_privilege USING MESSAGE = 'these lines must still be kept';
    END IF;
    EXECUTE format('DROP TABLE maru.%I', name);
    RETURN true;
  END IF;
  EXECUTE format('CREATE TABLE maru.%I (LIKE maru.audit INCLUDING DEFAULTS INCLUDING CONSTRAINTS)',
                 name);
  EXECUTE format('ALTER TABLE maru.%I ENABLE ROW LEVEL SECURITY', name);
  EXECUTE format('ALTER TABLE maru.%I FORCE ROW LEVEL SECURITY', name);
  FOR one IN SELECT p.policyname, p.roles, p.qual FROM pg_policies p
              WHERE p.schemaname = 'maru' AND p.tablename = 'audit' AND p.policyname <> 'system'
  LOOP
    EXECUTE format('CREATE POLICY %I ON maru.%I TO %I USING %s WITH CHECK %s',
                   one.policyname, name, one.roles[1], one.qual, one.qual);
  END LOOP;
  FOR one IN SELECT t.id FROM maru.tenant t LOOP
    EXECUTE format('SET LOCAL maru.tenant = %L', one.id);
    EXECUTE format('WITH gone AS (DELETE FROM maru.audit_rest WHERE kind = %L AND id >= %L'
                   ' AND id < %L RETURNING *) INSERT INTO maru.%I SELECT * FROM gone',
                   sort, maru.first_id(since_at), maru.first_id(until_at), name);
  END LOOP;
  EXECUTE format('SET LOCAL maru.tenant = %L', present);
  EXECUTE format('ALTER TABLE maru.audit ATTACH PARTITION maru.%I FOR VALUES FROM (%L, %L)'
                 ' TO (%L, %L)',
                 name, sort, maru.first_id(since_at), sort, maru.first_id(until_at));
  RETURN true;
END $$"""

# As `maru.audit.kinds` tells them apart.
COPY = f"""
INSERT INTO maru.audit ({COLUMNS}, kind)
SELECT {COLUMNS},
       CASE WHEN split_part(action, '.', 1) IN ('rights', 'role', 'group', 'permission')
            THEN 'rights'
            WHEN action LIKE '%.viewed' OR action LIKE '%.exported' THEN 'personal'
            ELSE 'general' END
  FROM maru.audit_before"""  # noqa: S608 (names of columns)


def upgrade() -> None:
    oldest = _oldest()
    op.rename_table("audit", "audit_before")
    for name in (*BEFORE, "audit_number_key", "audit_pkey"):
        op.execute(f"ALTER INDEX maru.{name} RENAME TO {name}_before")
    _trail()
    for function in (FIRST_ID, KEPT, PARTITION):
        op.execute(function)
    op.execute("REVOKE EXECUTE ON FUNCTION maru.audit_partition(text, text, date) FROM PUBLIC")
    for kind in KINDS:
        for quarter in _quarters(oldest):
            op.execute(f"SELECT maru.audit_partition('make', '{kind}', DATE '{quarter}')")
    all_tenants(op, COPY)
    op.drop_table("audit_before")
    _checkpoints()


def downgrade() -> None:
    op.drop_table("audit_checkpoint")
    op.rename_table("audit", "audit_after")
    for name in (*INDEXES, "audit_shared_idx", "audit_pkey"):
        op.execute(f"ALTER INDEX maru.{name} RENAME TO {name}_after")
    _table("audit", *_columns(), sa.PrimaryKeyConstraint("tenant_id", "id"))
    for name, columns in BEFORE.items():
        op.execute(f"CREATE INDEX {name} ON maru.audit (tenant_id, {columns})")
    op.execute("CREATE UNIQUE INDEX audit_number_key ON maru.audit (tenant_id, number)")
    # Numbers begin anew in each kind now; before they didn't.
    kept = COLUMNS.replace("number, seal", "NULL, NULL")
    back = f"INSERT INTO maru.audit ({COLUMNS}) SELECT {kept} FROM maru.audit_after"  # noqa: S608
    all_tenants(op, back)
    op.drop_table("audit_after")
    op.execute("DROP FUNCTION maru.audit_partition(text, text, date)")
    op.execute("DROP FUNCTION maru.audit_kept(text)")
    op.execute("DROP FUNCTION maru.first_id(timestamptz)")


def _trail() -> None:
    _table(
        "audit",
        *_columns(),
        sa.Column("kind", sa.Text(), server_default=sa.text("'general'"), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", "kind"),
        sa.CheckConstraint("kind IN ('general', 'personal', 'rights')", name="audit_kind_check"),
        postgresql_partition_by="RANGE (kind, id)",
    )
    for name, columns in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON maru.audit (tenant_id, {columns})")
    op.execute("CREATE INDEX audit_shared_idx ON maru.audit (tenant_id) WHERE number IS NULL")
    op.execute("CREATE TABLE maru.audit_rest PARTITION OF maru.audit DEFAULT")


def _columns() -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("plugin", sa.Text(), server_default=sa.text("'core'"), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("before", JSONB(), nullable=True),
        sa.Column("after", JSONB(), nullable=True),
        sa.Column("trace", sa.Text(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("seal", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "person_id"],
            ["maru.person.tenant_id", "maru.person.id"],
            name="audit_person_id_fkey",
        ),
    )


def _checkpoints() -> None:
    _table(
        "audit_checkpoint",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heads", JSONB(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.execute(
        "CREATE UNIQUE INDEX audit_checkpoint_day_key ON maru.audit_checkpoint (tenant_id, day)"
    )


def _table(name: str, *parts: sa.schema.SchemaItem, **options: Any) -> None:
    now = sa.text("now()")
    op.create_table(
        name,
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        *parts,
        **options,
    )


def _oldest() -> datetime:
    """When the first line was written that any tenant has."""
    connection, oldest = op.get_bind(), datetime.now(UTC)
    for tenant in connection.execute(sa.text("SELECT id FROM maru.tenant")).scalars():
        connection.execute(sa.text(f"SET LOCAL maru.tenant = '{tenant}'"))
        first = connection.execute(sa.text("SELECT min(created_at) FROM maru.audit")).scalar()
        oldest = oldest if first is None else min(oldest, first)
    connection.execute(sa.text("SET LOCAL maru.tenant = ''"))
    return oldest


def _quarters(oldest: datetime) -> list[str]:
    """The first days of the quarters from the oldest line to the one that comes next."""
    now = datetime.now(UTC)
    first = oldest.year * 4 + (oldest.month - 1) // 3
    last = now.year * 4 + (now.month - 1) // 3 + 1
    return [f"{each // 4}-{each % 4 * 3 + 1:02}-01" for each in range(first, last + 1)]
