"""Jobs that follow others, jobs that are no longer wanted after a time, and rows that are started
and finished many at once."""

import sqlalchemy as sa
from alembic import op

from maru_sdk.db import all_tenants

revision = "0003_jobs"
down_revision = "0002_kept_plans"
branch_labels = None
depends_on = None

STATES = ("waiting", "running", "done", "failed", "dead", "cancelled", "parked")

# Both go from tenant to tenant inside one transaction, in the rights of the caller and under its
# policies. As in `maru.read`, where a tenant is at work already they refuse: a plugin's SQL always
# runs for one, so it can't reach another through them.
ALONE = """
CREATE FUNCTION maru.alone() RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF NULLIF(current_setting('maru.tenant', true), '') IS NOT NULL THEN
    RAISE insufficient_privilege USING MESSAGE = 'a tenant is at work in this transaction';
  END IF;
END $$"""

START = """
CREATE FUNCTION maru.start_jobs(given jsonb, lease double precision)
RETURNS TABLE (tenant uuid, job uuid, run text, kind text, payload jsonb, seed jsonb, tries bigint,
               max_tries bigint, deaths smallint, created_at timestamptz, not_after timestamptz,
               expired boolean, suspended boolean)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER
SET enable_hashjoin TO off SET enable_mergejoin TO off AS $$
DECLARE
  whose uuid;
BEGIN
  PERFORM maru.alone();
  FOR whose IN SELECT DISTINCT (g->>'tenant')::uuid AS t FROM jsonb_array_elements(given) AS g
                ORDER BY t LOOP
    EXECUTE format('SET LOCAL maru.tenant = %L', whose);
    RETURN QUERY
      UPDATE maru.job j
         SET state = 'running', lease_by = locked.run, started_at = now(), deaths = j.deaths + 1,
             lease_until = now() + make_interval(secs => lease)
        FROM (SELECT w.id, g.run
                FROM jsonb_to_recordset(given) AS g (tenant uuid, id uuid, run text, token text)
                JOIN maru.job w ON w.tenant_id = whose AND w.id = g.id
               WHERE g.tenant = whose AND w.state = 'waiting' AND w.due_at <= now()
                 AND (g.token IS NULL OR w.lease_by = g.token)
                 FOR UPDATE OF w SKIP LOCKED) AS locked
       WHERE j.tenant_id = whose AND j.id = locked.id
      RETURNING j.tenant_id, j.id, j.lease_by, j.kind, j.payload, j.seed, j.tries, j.max_tries,
                j.deaths, j.created_at, j.not_after, coalesce(j.not_after <= now(), false),
                EXISTS (SELECT FROM maru.tenant t WHERE t.id = whose AND t.state <> 'active');
  END LOOP;
  SET LOCAL maru.tenant = '';
END $$"""

FINISH = """
CREATE FUNCTION maru.finish_jobs(given jsonb) RETURNS TABLE (job uuid)
LANGUAGE plpgsql VOLATILE SECURITY INVOKER
SET enable_hashjoin TO off SET enable_mergejoin TO off AS $$
DECLARE
  whose uuid;
BEGIN
  PERFORM maru.alone();
  FOR whose IN SELECT DISTINCT (g->>'tenant')::uuid AS t FROM jsonb_array_elements(given) AS g
                ORDER BY t LOOP
    EXECUTE format('SET LOCAL maru.tenant = %L', whose);
    RETURN QUERY
      WITH finished AS (
        UPDATE maru.job j
           SET state = 'done', finished_at = now(), result = g.result, error = NULL,
               tries = j.tries + 1, deaths = 0, lease_by = NULL, lease_until = NULL,
               window_at = NULL, updated_at = now()
          FROM jsonb_to_recordset(given) AS g (tenant uuid, id uuid, run text, result jsonb)
         WHERE g.tenant = whose AND j.tenant_id = whose AND j.id = g.id
           AND j.state = 'running' AND j.lease_by = g.run
        RETURNING j.id, j.then_id
      ), freed AS (
        UPDATE maru.job n
           SET awaits = n.awaits - f.number, due_at = greatest(n.due_at, now()),
               state = CASE WHEN n.awaits <= f.number THEN 'waiting' ELSE n.state END
          FROM (SELECT then_id, count(*) AS number FROM finished
                 WHERE then_id IS NOT NULL GROUP BY then_id ORDER BY then_id) AS f
         WHERE n.tenant_id = whose AND n.id = f.then_id AND n.state = 'held'
      )
      SELECT finished.id FROM finished;
  END LOOP;
  SET LOCAL maru.tenant = '';
END $$"""


def upgrade() -> None:
    op.add_column("job", sa.Column("not_after", sa.DateTime(timezone=True)))
    op.add_column("job", sa.Column("then_id", sa.Uuid()))
    op.add_column(
        "job", sa.Column("awaits", sa.BigInteger(), server_default=sa.text("0"), nullable=False)
    )
    _states((*STATES, "held"))
    for name in ("priority_due_at", "state_due_at", "kind_created_at"):
        op.drop_index(f"job_{name}_idx", "job")
    waits = "state = 'waiting'"
    free = f"{waits} AND lease_until IS NULL"
    _index("job_priority_due_at_id_idx", "tenant_id", "priority", "due_at", "id", where=free)
    _index("job_state_id_idx", "tenant_id", "state", "id")
    _index("job_kind_id_idx", "tenant_id", "kind", "id")
    _index("job_then_id_idx", "tenant_id", "then_id", where="then_id IS NOT NULL")
    late = f"{waits} AND not_after IS NOT NULL"
    _index("job_not_after_shared_idx", "not_after", where=late)
    op.execute(ALONE)
    op.execute(START)
    op.execute(FINISH)


def downgrade() -> None:
    op.execute("DROP FUNCTION maru.finish_jobs(jsonb)")
    op.execute("DROP FUNCTION maru.start_jobs(jsonb, double precision)")
    op.execute("DROP FUNCTION maru.alone()")
    for name in ("not_after_shared", "then_id", "kind_id", "state_id", "priority_due_at_id"):
        op.drop_index(f"job_{name}_idx", "job")
    waits = "state = 'waiting'"
    _index("job_priority_due_at_idx", "tenant_id", "priority", "due_at", where=waits)
    _index("job_state_due_at_idx", "tenant_id", "state", "due_at")
    _index("job_kind_created_at_idx", "tenant_id", "kind", "created_at")
    all_tenants(op, "UPDATE maru.job SET state = 'cancelled' WHERE state = 'held'")
    _states(STATES)
    for column in ("awaits", "then_id", "not_after"):
        op.drop_column("job", column)


def _states(states: tuple[str, ...]) -> None:
    allowed = ", ".join(f"'{state}'" for state in states)
    op.drop_constraint(op.f("job_job_state_check_check"), "job")
    op.create_check_constraint(op.f("job_job_state_check_check"), "job", f"state IN ({allowed})")


def _index(name: str, *columns: str, where: str | None = None) -> None:
    op.create_index(
        name, "job", list(columns), postgresql_where=None if where is None else sa.text(where)
    )
