"""Plugins that nobody has vouched for: who is trusted, what the others declare, and their doors.

An isolated plugin's database role chooses no tenant. It shows a ticket that only our own processes
can sign, and everything that it sees or does is in the name of that ticket.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008_isolated"
down_revision = "0007_alerts"
branch_labels = None
depends_on = None

# Two independent keys, inside and outside, as in NMAC: no pgcrypto is needed for a signature.
KEYS = """
INSERT INTO maru.ticket_key (id, inside, outside)
SELECT gen_random_uuid(), a.k || b.k, c.k || d.k
  FROM (SELECT sha256((gen_random_uuid()::text || gen_random_uuid())::bytea) AS k) AS a,
       (SELECT sha256((gen_random_uuid()::text || gen_random_uuid())::bytea) AS k) AS b,
       (SELECT sha256((gen_random_uuid()::text || gen_random_uuid())::bytea) AS k) AS c,
       (SELECT sha256((gen_random_uuid()::text || gen_random_uuid())::bytea) AS k) AS d"""

# The ticket at hand, `key|tenant|person|expires|signature`; all NULL where there is no good one.
TICKET = """
CREATE FUNCTION maru.isolated_ticket(OUT key text, OUT tenant uuid, OUT person uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  parts text[] := string_to_array(current_setting('maru.ticket', true), '|');
  said bytea;
  good boolean;
BEGIN
  IF coalesce(array_length(parts, 1), 0) <> 5 THEN RETURN; END IF;
  IF session_user <> 'maru_isolated_' || parts[1] THEN RETURN; END IF;
  said := convert_to(array_to_string(parts[1:4], '|'), 'UTF8');
  SELECT encode(sha256(k.outside || sha256(k.inside || said)), 'hex') = parts[5]
    INTO good FROM maru.ticket_key k;
  IF good IS NOT TRUE THEN RETURN; END IF;
  IF parts[4]::bigint < extract(epoch FROM clock_timestamp()) THEN RETURN; END IF;
  key := parts[1];
  tenant := parts[2]::uuid;
  person := NULLIF(parts[3], '')::uuid;
END $$"""

TENANT = """
CREATE FUNCTION maru.isolated_tenant() RETURNS uuid LANGUAGE sql STABLE
RETURN (SELECT t.tenant FROM maru.isolated_ticket() t)"""

# ruff: noqa: S608  # the doors are texts of ours, joined from texts of ours

# Every door begins so; what was signed is what counts, whatever the session has been set to.
_BEGIN = """
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  t record;
  answer {answer};
BEGIN
  SELECT * INTO t FROM maru.isolated_ticket();
  IF t.tenant IS NULL OR t.tenant IS DISTINCT FROM maru.tenant() THEN
    RAISE insufficient_privilege USING MESSAGE = 'no ticket for this tenant';
  END IF;"""

ENQUEUE = (
    """
CREATE FUNCTION maru.isolated_enqueue(asked jsonb) RETURNS uuid"""
    + _BEGIN.replace("{answer}", "uuid")
    + """
  IF NOT starts_with(asked->>'kind', t.key || '.') OR length(asked::text) > 1200000 THEN
    RAISE insufficient_privilege USING MESSAGE = 'another plugin''s job';
  END IF;
  INSERT INTO maru.job (tenant_id, id, kind, plugin, payload, seed, priority, due_at, unique_key,
                        max_tries, enqueued_by, trace)
  VALUES (t.tenant, (asked->>'id')::uuid, asked->>'kind', t.key, coalesce(asked->'ask', '{}'),
          jsonb_build_object('tenant', t.tenant, 'plugin', t.key, 'actor', t.person,
            'locale', coalesce(asked->>'locale', 'ko'), 'trace', coalesce(asked->>'trace', ''),
            'timezone', coalesce(asked->>'timezone', 'Asia/Seoul'), 'deadline', NULL),
          least(greatest((asked->>'priority')::smallint, 10::smallint), 90::smallint),
          coalesce((asked->>'due')::timestamptz, now()),
          (asked->>'kind') || ':' || (asked->>'unique'),
          least(greatest((asked->>'max_tries')::bigint, 1), 100), t.person,
          left(asked->>'trace', 100))
  ON CONFLICT (tenant_id, unique_key) WHERE state = 'waiting' DO UPDATE
     SET due_at = least(job.due_at, excluded.due_at), lease_until = NULL, window_at = NULL
  RETURNING id INTO answer;
  RETURN answer;
END $$"""
)

PUBLISH = (
    """
CREATE FUNCTION maru.isolated_publish(event jsonb) RETURNS uuid"""
    + _BEGIN.replace("{answer}", "uuid")
    + """
  IF NOT starts_with(event->>'name', t.key || '.') OR length(event::text) > 1200000 THEN
    RAISE insufficient_privilege USING MESSAGE = 'another plugin''s event';
  END IF;
  INSERT INTO maru.event (tenant_id, id, name, version, key, body, actor_id, trace)
  VALUES (t.tenant, (event->>'id')::uuid, event->>'name', (event->>'version')::smallint,
          left(event->>'key', 500), event->'body', t.person, left(event->>'trace', 100))
  RETURNING id INTO answer;
  RETURN answer;
END $$"""
)

AUDIT = (
    """
CREATE FUNCTION maru.isolated_audit(line jsonb) RETURNS uuid"""
    + _BEGIN.replace("{answer}", "uuid")
    + """
  IF length(line::text) > 200000 THEN
    RAISE insufficient_privilege USING MESSAGE = 'the line is too long';
  END IF;
  INSERT INTO maru.audit (tenant_id, id, person_id, plugin, action, target, before, after, trace)
  VALUES (t.tenant, (line->>'id')::uuid, t.person, t.key, left(line->>'action', 500),
          left(line->>'target', 500), line->'before', line->'after', left(line->>'trace', 100))
  RETURNING id INTO answer;
  RETURN answer;
END $$"""
)

SETTINGS = (
    """
CREATE FUNCTION maru.isolated_settings() RETURNS jsonb"""
    + _BEGIN.replace("{answer}", "jsonb")
    + """
  SELECT s.content INTO answer FROM maru.setting s
   WHERE s.tenant_id = t.tenant AND s.plugin = t.key;
  RETURN answer;
END $$"""
)

# "Done" under the run's token, in the transaction of the effect; False where the row was lost.
FINISH = (
    """
CREATE FUNCTION maru.isolated_finish(done uuid, token text, said jsonb) RETURNS boolean"""
    + _BEGIN.replace("{answer}", "boolean")
    + """
  UPDATE maru.job j
     SET state = 'done', finished_at = now(), result = said, error = NULL,
         tries = j.tries + 1, deaths = 0, lease_by = NULL, lease_until = NULL, window_at = NULL,
         updated_at = now()
   WHERE j.tenant_id = t.tenant AND j.id = done AND j.plugin = t.key AND j.state = 'running'
     AND j.lease_by = token;
  answer := FOUND;
  RETURN answer;
END $$"""
)

DOORS = {
    "isolated_ticket()": TICKET,
    "isolated_tenant()": TENANT,
    "isolated_enqueue(jsonb)": ENQUEUE,
    "isolated_publish(jsonb)": PUBLISH,
    "isolated_audit(jsonb)": AUDIT,
    "isolated_settings()": SETTINGS,
    "isolated_finish(uuid, text, jsonb)": FINISH,
}


def upgrade() -> None:
    _table(
        "plugin_trust",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("trusted", sa.Boolean(), nullable=False),
        sa.Column("distribution", sa.Text(), nullable=False),
    )
    op.create_index("plugin_trust_key_key", "plugin_trust", ["key"], unique=True)
    _table(
        "plugin_described",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("content", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
    )
    op.create_index("plugin_described_key_key", "plugin_described", ["key"], unique=True)
    _table(
        "ticket_key",
        sa.Column("inside", sa.LargeBinary(), nullable=False),
        sa.Column("outside", sa.LargeBinary(), nullable=False),
    )
    op.execute(KEYS)
    for name, function in DOORS.items():
        op.execute(function)
        op.execute(f"REVOKE EXECUTE ON FUNCTION maru.{name} FROM PUBLIC")


def downgrade() -> None:
    # The policies of isolated plugins ask for their tenant.
    op.execute("DROP FUNCTION maru.isolated_tenant() CASCADE")
    for name in reversed(DOORS):
        op.execute(f"DROP FUNCTION IF EXISTS maru.{name}")
    for table in ("ticket_key", "plugin_described", "plugin_trust"):
        op.drop_table(table)


def _table(name: str, *parts: sa.Column[object]) -> None:
    now = sa.text("now()")
    op.create_table(
        name,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("id"),
    )
