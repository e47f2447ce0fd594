"""Reads that PostgreSQL needn't plan again: `maru.read` for statements that are prepared."""

from alembic import op

revision = "0002_kept_plans"
down_revision = "0001_floor"
branch_labels = None
depends_on = None

# Like `maru.read`; `statement` is the name of what `maru.db.plans` has prepared.
READ_KEPT = """
CREATE FUNCTION maru.read_kept(scope uuid, statement text, args text[]) RETURNS text
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
  EXECUTE format('EXECUTE %I(%L)', statement, args) INTO answer;
  RETURN answer;
END $$"""


def upgrade() -> None:
    op.execute(READ_KEPT)


def downgrade() -> None:
    op.execute("DROP FUNCTION maru.read_kept(uuid, text, text[])")
