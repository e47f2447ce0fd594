"""An isolated plugin's job sets free what waits for it, as every job does."""

from alembic import op

revision = "0010_isolated_jobs"
down_revision = "0009_promise"
branch_labels = None
depends_on = None

FINISH = """
CREATE OR REPLACE FUNCTION maru.isolated_finish(done uuid, token text, said jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  t record;
  following uuid;
BEGIN
  SELECT * INTO t FROM maru.isolated_ticket();
  IF t.tenant IS NULL OR t.tenant IS DISTINCT FROM maru.tenant() THEN
    RAISE insufficient_privilege USING MESSAGE = 'no ticket for this tenant';
  END IF;
  UPDATE maru.job j
     SET state = 'done', finished_at = now(), result = said, error = NULL,
         tries = j.tries + 1, deaths = 0, lease_by = NULL, lease_until = NULL, window_at = NULL,
         updated_at = now()
   WHERE j.tenant_id = t.tenant AND j.id = done AND j.plugin = t.key AND j.state = 'running'
     AND j.lease_by = token
  RETURNING j.then_id INTO following;
  IF NOT FOUND THEN RETURN false; END IF;
  UPDATE maru.job n
     SET awaits = n.awaits - 1, due_at = greatest(n.due_at, now()),
         state = CASE WHEN n.awaits <= 1 THEN 'waiting' ELSE n.state END
   WHERE n.tenant_id = t.tenant AND n.id = following AND n.state = 'held';
  RETURN true;
END $$"""

# As 0008_isolated made it.
BEFORE = """
CREATE OR REPLACE FUNCTION maru.isolated_finish(done uuid, token text, said jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  t record;
BEGIN
  SELECT * INTO t FROM maru.isolated_ticket();
  IF t.tenant IS NULL OR t.tenant IS DISTINCT FROM maru.tenant() THEN
    RAISE insufficient_privilege USING MESSAGE = 'no ticket for this tenant';
  END IF;
  UPDATE maru.job j
     SET state = 'done', finished_at = now(), result = said, error = NULL,
         tries = j.tries + 1, deaths = 0, lease_by = NULL, lease_until = NULL, window_at = NULL,
         updated_at = now()
   WHERE j.tenant_id = t.tenant AND j.id = done AND j.plugin = t.key AND j.state = 'running'
     AND j.lease_by = token;
  RETURN FOUND;
END $$"""


def upgrade() -> None:
    op.execute(FINISH)


def downgrade() -> None:
    op.execute(BEFORE)
