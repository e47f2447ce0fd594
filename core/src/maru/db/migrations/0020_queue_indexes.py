"""Fewer and narrower indexes of the queue: what a row isn't found by, it isn't entered in.

Each statement on the queue is left with one index that serves it, so that none is chosen wrongly
while PostgreSQL knows nothing of what is in the table.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020_queue_indexes"
down_revision = "0019_isolated_doors"
branch_labels = None
depends_on = None

WAITS = "state = 'waiting'"
BARS = "state IN ('waiting', 'running', 'parked')"
KEYED = f"{WAITS} AND unique_key IS NOT NULL"

# As those of 0003_jobs, which stay for processes of the version before, but row by row: a row's key
# is looked for by the one index that it is unique in, whatever the kept plan takes the table for.
# A join of a list with the table has no such plan, and goes through the list once for each tenant.
START = """
CREATE FUNCTION maru.start_jobs(tenants uuid[], jobs uuid[], runs text[], messages text[],
                                lease double precision)
RETURNS TABLE (tenant uuid, job uuid, run text, kind text, payload jsonb, seed jsonb, tries bigint,
               max_tries bigint, deaths smallint, created_at timestamptz, not_after timestamptz,
               expired boolean, suspended boolean)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER
SET enable_seqscan TO off SET enable_bitmapscan TO off AS $$
DECLARE
  one record;
  whose uuid;
  rests boolean;
BEGIN
  PERFORM maru.alone();
  FOR one IN SELECT g.tenant, g.id, g.run, g.message
               FROM unnest(tenants, jobs, runs, messages) AS g (tenant, id, run, message)
              ORDER BY g.tenant, g.id LOOP
    IF whose IS DISTINCT FROM one.tenant THEN
      whose := one.tenant;
      EXECUTE format('SET LOCAL maru.tenant = %L', whose);
      rests := EXISTS (SELECT FROM maru.tenant t WHERE t.id = whose AND t.state <> 'active');
    END IF;
    UPDATE maru.job j
       SET state = 'running', lease_by = one.run, started_at = now(), deaths = j.deaths + 1,
           lease_until = now() + make_interval(secs => lease)
     WHERE j.tenant_id = whose AND j.id = (
       SELECT w.id FROM maru.job w
        WHERE w.tenant_id = whose AND w.id = one.id AND w.state || '' = 'waiting'
          AND w.due_at <= now() AND (one.message IS NULL OR w.lease_by = one.message)
          FOR UPDATE SKIP LOCKED)
    RETURNING j.tenant_id, j.id, j.lease_by, j.kind, j.payload, j.seed, j.tries, j.max_tries,
              j.deaths, j.created_at, j.not_after, coalesce(j.not_after <= now(), false)
         INTO tenant, job, run, kind, payload, seed, tries, max_tries, deaths, created_at,
              not_after, expired;
    IF FOUND THEN
      suspended := rests;
      RETURN NEXT;
    END IF;
  END LOOP;
  SET LOCAL maru.tenant = '';
END $$"""

# What is freed is freed in one order, so that two who finish parts of two groups don't wait for
# one another.
FINISH = """
CREATE FUNCTION maru.finish_jobs(tenants uuid[], jobs uuid[], runs text[], results text[])
RETURNS TABLE (job uuid)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER
SET enable_seqscan TO off SET enable_bitmapscan TO off AS $$
DECLARE
  one record;
  whose uuid;
  follower uuid;
  followers uuid[] := '{}';
  owners uuid[] := '{}';
BEGIN
  PERFORM maru.alone();
  FOR one IN SELECT g.tenant, g.id, g.run, g.result::jsonb AS result
               FROM unnest(tenants, jobs, runs, results) AS g (tenant, id, run, result)
              ORDER BY g.tenant, g.id LOOP
    IF whose IS DISTINCT FROM one.tenant THEN
      whose := one.tenant;
      EXECUTE format('SET LOCAL maru.tenant = %L', whose);
    END IF;
    UPDATE maru.job j
       SET state = 'done', finished_at = now(), result = one.result, error = NULL,
           tries = j.tries + 1, deaths = 0, lease_by = NULL, lease_until = NULL,
           window_at = NULL, updated_at = now()
     WHERE j.tenant_id = whose AND j.id = one.id
       AND j.state || '' = 'running' AND j.lease_by = one.run
    RETURNING j.id, j.then_id INTO job, follower;
    IF FOUND THEN
      RETURN NEXT;
      IF follower IS NOT NULL THEN
        followers := followers || follower;
        owners := owners || whose;
      END IF;
    END IF;
  END LOOP;
  FOR one IN SELECT f.tenant, f.id, count(*) AS number
               FROM unnest(owners, followers) AS f (tenant, id)
              GROUP BY f.tenant, f.id ORDER BY f.tenant, f.id LOOP
    EXECUTE format('SET LOCAL maru.tenant = %L', one.tenant);
    UPDATE maru.job n
       SET awaits = n.awaits - one.number, due_at = greatest(n.due_at, now()),
           state = CASE WHEN n.awaits <= one.number THEN 'waiting' ELSE n.state END
     WHERE n.tenant_id = one.tenant AND n.id = one.id AND n.state || '' = 'held';
  END LOOP;
  SET LOCAL maru.tenant = '';
END $$"""

# Which index a conflict is looked for in is said by its predicate, also in the isolated's door.
REPLACED = """
DO $$ BEGIN
  EXECUTE replace(pg_get_functiondef('maru.isolated_enqueue(jsonb)'::regprocedure),
                  'ON CONFLICT (tenant_id, unique_key) WHERE {before} DO',
                  'ON CONFLICT (tenant_id, unique_key) WHERE {after} DO');
END $$"""


def upgrade() -> None:
    _again("job_unique_key_key", "unique_key", where=KEYED, unique=True)
    _again("job_enqueued_by_idx", "enqueued_by", where="enqueued_by IS NOT NULL")
    _again("job_lane_lane_number_idx", "lane", "lane_number", where=f"lane IS NOT NULL AND {BARS}")
    op.drop_index("job_due_at_shared_idx", "job")
    _replaced(WAITS, KEYED)
    op.execute(START)
    op.execute(FINISH)


def downgrade() -> None:
    op.execute("DROP FUNCTION maru.finish_jobs(uuid[], uuid[], text[], text[])")
    op.execute("DROP FUNCTION maru.start_jobs(uuid[], uuid[], text[], text[], double precision)")
    _replaced(KEYED, WAITS)
    op.create_index("job_due_at_shared_idx", "job", ["due_at"], postgresql_where=sa.text(WAITS))
    _again("job_lane_lane_number_idx", "lane", "lane_number", where="lane IS NOT NULL")
    _again("job_enqueued_by_idx", "enqueued_by")
    _again("job_unique_key_key", "unique_key", where=WAITS, unique=True)


def _again(name: str, *columns: str, where: str | None = None, unique: bool = False) -> None:
    op.drop_index(name, "job")
    only = None if where is None else sa.text(where)
    op.create_index(name, "job", ["tenant_id", *columns], postgresql_where=only, unique=unique)


def _replaced(before: str, after: str) -> None:
    quoted = (text.replace("'", "''") for text in (before, after))
    op.execute(REPLACED.format(**dict(zip(("before", "after"), quoted, strict=True))))
