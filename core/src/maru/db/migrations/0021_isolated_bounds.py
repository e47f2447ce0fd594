"""What isolated plugins publish, record and announce has a bound; one look at the ticket for all
doors."""

import sqlalchemy as sa
from alembic import op

revision = "0021_isolated_bounds"
down_revision = "0020_queue_indexes"
branch_labels = None
depends_on = None

# the doors are texts of ours, joined from texts of ours

# The ticket at hand, for the tenant at hand; raises where there is none. Called by the doors alone.
SHOWN = """
CREATE FUNCTION maru.isolated_shown(OUT key text, OUT tenant uuid, OUT person uuid)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
BEGIN
  SELECT t.key, t.tenant, t.person INTO key, tenant, person FROM maru.isolated_ticket() t;
  IF tenant IS NULL OR tenant IS DISTINCT FROM maru.tenant() THEN
    RAISE insufficient_privilege USING MESSAGE = 'no ticket for this tenant';
  END IF;
END $$"""

# As the migrations before this one wrote it into every door.
LOOK = """  SELECT * INTO t FROM maru.isolated_ticket();
  IF t.tenant IS NULL OR t.tenant IS DISTINCT FROM maru.tenant() THEN
    RAISE insufficient_privilege USING MESSAGE = 'no ticket for this tenant';
  END IF;"""
LOOK_ONCE = "  SELECT * INTO t FROM maru.isolated_shown();"

# Ten minutes of one kind, by one plugin in one tenant. Rows of its own instead of a counter: two
# transactions of a plugin never wait for one another, and what is undone counts for nothing.
SPEND = """
CREATE FUNCTION maru.isolated_spend(whose uuid, plug text, what text, size bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
DECLARE
  since timestamptz := clock_timestamp() - interval '10 minutes';
  spent record;
BEGIN
  DELETE FROM maru.isolated_said d WHERE d.tenant_id = whose AND d.id IN (
    SELECT s.id FROM maru.isolated_said s
     WHERE s.tenant_id = whose AND s.plugin = plug AND s.kind = what AND s.created_at < since
     ORDER BY s.created_at LIMIT 20 FOR UPDATE SKIP LOCKED);
  SELECT count(*) AS number, coalesce(sum(l.bytes), 0) AS bytes INTO spent FROM (
    SELECT s.bytes FROM maru.isolated_said s
     WHERE s.tenant_id = whose AND s.plugin = plug AND s.kind = what AND s.created_at >= since
     LIMIT 10000) AS l;
  IF spent.number >= 10000 OR spent.bytes + size > 32000000 THEN
    RAISE EXCEPTION USING ERRCODE = 'MR429',
      MESSAGE = 'an isolated plugin says 10000 things or 32 MB of a kind in ten minutes';
  END IF;
  INSERT INTO maru.isolated_said (tenant_id, id, created_at, plugin, kind, bytes)
  VALUES (whose, gen_random_uuid(), clock_timestamp(), plug, what, size);
END $$"""

# Where each door begins to act, and what it says: the bound is asked just before.
ACTS = {
    "isolated_publish": ("  INSERT INTO maru.event (", "event"),
    "isolated_audit": ("  INSERT INTO maru.audit (", "line"),
    "isolated_live": ("    INSERT INTO maru.live_message (", "message"),
}
_SOURCES = sa.text(
    "SELECT p.proname AS name, pg_get_functiondef(p.oid) AS source FROM pg_proc p"
    " JOIN pg_namespace n ON n.oid = p.pronamespace"
    " WHERE n.nspname = 'maru' AND starts_with(p.proname, 'isolated_') AND p.prosecdef"
    "   AND p.proname NOT IN ('isolated_ticket', 'isolated_shown') ORDER BY 1"
)


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "isolated_said",
        sa.Column("tenant_id", sa.Uuid(), server_default=sa.text("maru.tenant()"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index(
        "isolated_said_plugin_kind_created_at_idx",
        "isolated_said",
        ["tenant_id", "plugin", "kind", "created_at"],
    )
    for function, arguments in ((SHOWN, "shown()"), (SPEND, "spend(uuid, text, text, bigint)")):
        op.execute(function)
        op.execute(f"REVOKE EXECUTE ON FUNCTION maru.isolated_{arguments} FROM PUBLIC")
    for name, source in _sources():
        op.execute(sa.text(_bounded(name, source.replace(LOOK, LOOK_ONCE)).replace(":", "\\:")))


def downgrade() -> None:
    for name, source in _sources():
        before = source.replace(LOOK_ONCE, LOOK).replace(_bound(name), "")
        op.execute(sa.text(before.replace(":", "\\:")))
    op.execute("DROP FUNCTION maru.isolated_spend(uuid, text, text, bigint)")
    op.execute("DROP FUNCTION maru.isolated_shown()")
    op.drop_table("isolated_said")


def _sources() -> list[tuple[str, str]]:
    return [(row.name, row.source) for row in op.get_bind().execute(_SOURCES)]


def _bounded(name: str, source: str) -> str:
    if name not in ACTS:
        return source
    act, _ = ACTS[name]
    return source.replace(act, _bound(name) + act)


def _bound(name: str) -> str:
    if name not in ACTS:
        return "\0"
    act, said = ACTS[name]
    indent = act[: len(act) - len(act.lstrip())]
    kind = name.removeprefix("isolated_")
    size = f"length({said}::text)"
    return f"{indent}PERFORM maru.isolated_spend(t.tenant, t.key, '{kind}', {size});\n"
