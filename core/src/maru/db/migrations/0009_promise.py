"""Whoever writes an event promises first that its number will be above the last one given.

The promise is a shared lock that ends with the transaction, so that readers know how far the log is
settled (`maru.events.queries`). It is made here and not by those who publish, because some do it
through functions of their own; a savepoint that is undone takes lock and note back together.
"""

from alembic import op

revision = "0009_promise"
down_revision = "0008_isolated"
branch_labels = None
depends_on = None

PROMISE = """
CREATE FUNCTION maru.promise() RETURNS trigger LANGUAGE plpgsql AS $$
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

TRIGGER = """
CREATE TRIGGER promise BEFORE INSERT ON maru.event
FOR EACH ROW EXECUTE FUNCTION maru.promise()"""


def upgrade() -> None:
    op.execute(PROMISE)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER promise ON maru.event")
    op.execute("DROP FUNCTION maru.promise()")
