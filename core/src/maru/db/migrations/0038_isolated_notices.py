"""A door for isolated plugins that tell people: a job of ours does it, in their ticket's name."""

from alembic import op

revision = "0038_isolated_notices"
down_revision = "0037_files_coming"
branch_labels = None
depends_on = None

# Who it is for and what it says is read where people are told. What is for many counts for
# 320 kB, so that a plugin tells a crowd a hundred times in ten minutes; whoever is named by more
# than a hundred ids is a crowd.
NOTIFY = """
CREATE FUNCTION maru.isolated_notify(asked jsonb) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  t record;
  answer uuid;
  meant jsonb := coalesce(asked->'to', '{}');
BEGIN
  SELECT * INTO t FROM maru.isolated_shown();
  IF NOT starts_with(coalesce(asked->>'kind', ''), t.key || '.')
     OR length(asked::text) > 1200000 OR length((asked->'value')::text) > 64000 THEN
    RAISE insufficient_privilege USING MESSAGE = 'no notification of this plugin';
  END IF;
  PERFORM maru.isolated_room(t.tenant, t.key, 1);
  PERFORM maru.isolated_spend(t.tenant, t.key, 'notice', length(asked::text));
  IF coalesce(meant->'everyone', 'false') <> 'false' OR coalesce(meant->'roles', '[]') <> '[]'
     OR coalesce(meant->'departments', '[]') <> '[]'
     OR length(coalesce(meant->'people', '[]')::text) > 4000 THEN
    PERFORM maru.isolated_spend(t.tenant, t.key, 'crowd', 320000);
  END IF;
  INSERT INTO maru.job (tenant_id, id, kind, plugin, isolated, payload, seed, priority, max_tries,
                        enqueued_by, trace)
  VALUES (t.tenant, (asked->>'id')::uuid, 'core.tell_for_isolated', 'core', t.key,
          jsonb_build_object('id', asked->'id', 'plugin', t.key, 'kind', asked->'kind',
            'value', asked->'value', 'to', meant, 'key', asked->'key', 'bundle', asked->'bundle',
            'resource', asked->'resource', 'department_id', asked->'department_id'),
          jsonb_build_object('tenant', t.tenant, 'plugin', 'core', 'actor', t.person,
            'locale', coalesce(asked->>'locale', 'ko'), 'trace', coalesce(asked->>'trace', ''),
            'timezone', coalesce(asked->>'timezone', 'Asia/Seoul'), 'deadline', NULL),
          50, 8, t.person, left(asked->>'trace', 100))
  RETURNING id INTO answer;
  RETURN answer;
END $$"""


def upgrade() -> None:
    op.execute(NOTIFY)
    op.execute("REVOKE EXECUTE ON FUNCTION maru.isolated_notify(jsonb) FROM PUBLIC")


def downgrade() -> None:
    op.execute("DROP FUNCTION maru.isolated_notify(jsonb)")
