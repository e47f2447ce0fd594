"""More doors of isolated plugins: steps, chains, cancelling, rooms, mail; a bound on their jobs.

Each looks at the ticket first and does nothing but in its name.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019_isolated_doors"
down_revision = "0018_secrets"
branch_labels = None
depends_on = None

# ruff: noqa: S608  # the doors are texts of ours, joined from texts of ours

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


def _begin(answer: str) -> str:
    return _BEGIN.replace("{answer}", answer)


# Jobs of one plugin in one tenant that aren't over. Not for all plugins: the index holds no row of
# a trusted one. Called by the doors alone; whoever else calls it has no right to the table.
ROOM = """
CREATE FUNCTION maru.isolated_room(whose uuid, plug text, more bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog AS $$
BEGIN
  IF more + (SELECT count(*) FROM (
       SELECT FROM maru.job j WHERE j.tenant_id = whose AND j.isolated = plug
          AND j.state NOT IN ('done', 'cancelled') LIMIT 10000) AS l) > 10000 THEN
    RAISE EXCEPTION USING ERRCODE = 'MR429',
      MESSAGE = 'an isolated plugin has at most 10000 jobs that are not over';
  END IF;
END $$"""

ENQUEUE = (
    """
CREATE OR REPLACE FUNCTION maru.isolated_enqueue(asked jsonb) RETURNS uuid"""
    + _begin("uuid")
    + """
  IF NOT starts_with(coalesce(asked->>'kind', ''), t.key || '.')
     OR length(asked::text) > 1200000 THEN
    RAISE insufficient_privilege USING MESSAGE = 'another plugin''s job';
  END IF;
  PERFORM maru.isolated_room(t.tenant, t.key, 1);
  INSERT INTO maru.job (tenant_id, id, kind, plugin, isolated, payload, seed, priority, due_at,
                        not_after, unique_key, max_tries, enqueued_by, trace)
  VALUES (t.tenant, (asked->>'id')::uuid, asked->>'kind', t.key, t.key,
          coalesce(asked->'ask', '{}'),
          jsonb_build_object('tenant', t.tenant, 'plugin', t.key, 'actor', t.person,
            'locale', coalesce(asked->>'locale', 'ko'), 'trace', coalesce(asked->>'trace', ''),
            'timezone', coalesce(asked->>'timezone', 'Asia/Seoul'), 'deadline', NULL),
          least(greatest((asked->>'priority')::smallint, 10::smallint), 90::smallint),
          coalesce((asked->>'due')::timestamptz, now()), (asked->>'not_after')::timestamptz,
          (asked->>'kind') || ':' || (asked->>'unique'),
          least(greatest((asked->>'max_tries')::bigint, 1), 100), t.person,
          left(asked->>'trace', 100))
  ON CONFLICT (tenant_id, unique_key) WHERE state = 'waiting' DO UPDATE
     SET due_at = least(job.due_at, excluded.due_at), lease_until = NULL, window_at = NULL
  RETURNING id INTO answer;
  RETURN answer;
END $$"""
)

# Many at once, chained or not. What follows what is known by the batch alone: no row of it can
# wait for, or set free, a job that was there before.
ENQUEUE_ALL = (
    """
CREATE FUNCTION maru.isolated_enqueue_all(asked jsonb) RETURNS bigint"""
    + _begin("bigint")
    + """
  answer := jsonb_array_length(asked->'rows');
  IF length(asked::text) > 64000000 OR EXISTS (
       SELECT FROM jsonb_array_elements(asked->'rows') AS r(one)
        WHERE NOT starts_with(coalesce(one->>'kind', ''), t.key || '.')
           OR length(one::text) > 1200000) THEN
    RAISE insufficient_privilege USING MESSAGE = 'another plugin''s job';
  END IF;
  IF EXISTS (SELECT FROM jsonb_array_elements(asked->'rows') AS r(one)
              WHERE one->>'then' IS NOT NULL AND one->>'then' NOT IN (
                SELECT coalesce(e->>'id', '')
                  FROM jsonb_array_elements(asked->'rows') AS s(e))) THEN
    RAISE insufficient_privilege USING MESSAGE = 'what follows is not of this batch';
  END IF;
  PERFORM maru.isolated_room(t.tenant, t.key, answer);
  WITH given AS (
    SELECT r.* FROM jsonb_to_recordset(asked->'rows') AS r (id uuid, kind text, ask jsonb,
           priority smallint, max_tries bigint, "then" uuid)
  ), before AS (
    SELECT g."then" AS id, count(*) AS number FROM given g WHERE g."then" IS NOT NULL GROUP BY 1
  )
  INSERT INTO maru.job (tenant_id, id, kind, plugin, isolated, payload, seed, priority, due_at,
                        not_after, state, max_tries, enqueued_by, trace, then_id, awaits)
  SELECT t.tenant, g.id, g.kind, t.key, t.key, coalesce(g.ask, '{}'),
         jsonb_build_object('tenant', t.tenant, 'plugin', t.key, 'actor', t.person,
           'locale', coalesce(asked->>'locale', 'ko'), 'trace', coalesce(asked->>'trace', ''),
           'timezone', coalesce(asked->>'timezone', 'Asia/Seoul'), 'deadline', NULL),
         least(greatest(g.priority, 10::smallint), 90::smallint),
         coalesce((asked->>'due')::timestamptz, now()), (asked->>'not_after')::timestamptz,
         CASE WHEN b.number > 0 THEN 'held' ELSE 'waiting' END,
         least(greatest(g.max_tries, 1), 100), t.person, left(asked->>'trace', 100),
         g."then", coalesce(b.number, 0)
    FROM given g LEFT JOIN before b ON b.id = g.id;
  RETURN answer;
END $$"""
)

# The state that it was in; NULL where the plugin has no such job.
CANCEL = (
    """
CREATE FUNCTION maru.isolated_cancel(job uuid) RETURNS text"""
    + _begin("text")
    + """
  DECLARE
    following uuid;
  BEGIN
    SELECT j.state, j.then_id INTO answer, following FROM maru.job j
     WHERE j.tenant_id = t.tenant AND j.id = job AND j.plugin = t.key FOR UPDATE;
    IF answer IS NULL OR answer IN ('done', 'cancelled') THEN RETURN answer; END IF;
    UPDATE maru.job j
       SET state = 'cancelled', finished_at = now(), lease_by = NULL, lease_until = NULL,
           window_at = NULL, updated_at = now()
     WHERE j.tenant_id = t.tenant AND j.id = job;
    WITH RECURSIVE line AS (
      SELECT j.id, j.then_id FROM maru.job j
       WHERE j.tenant_id = t.tenant AND j.id = following AND j.state = 'held' AND j.plugin = t.key
       UNION
      SELECT j.id, j.then_id FROM maru.job j JOIN line ON j.id = line.then_id
       WHERE j.tenant_id = t.tenant AND j.state = 'held' AND j.plugin = t.key
    )
    UPDATE maru.job j
       SET state = 'cancelled', finished_at = now(), updated_at = now(),
           error = 'BEFORE_CANCELLED: the job before it, ' || job || ', was cancelled'
      FROM line WHERE j.tenant_id = t.tenant AND j.id = line.id;
    IF answer = 'running' THEN
      INSERT INTO maru.signal (id, kind, key, tenant)
      VALUES (gen_random_uuid(), 'job.cancelled', job::text, t.tenant);
    END IF;
    RETURN answer;
  END;
END $$"""
)

STEP_DONE = (
    """
CREATE FUNCTION maru.isolated_step_done(job uuid, step text) RETURNS boolean"""
    + _begin("boolean")
    + """
  SELECT EXISTS (SELECT FROM maru.job_step s JOIN maru.job j
                     ON j.tenant_id = s.tenant_id AND j.id = s.job_id
                  WHERE s.tenant_id = t.tenant AND s.job_id = job AND s.name = step
                    AND j.plugin = t.key) INTO answer;
  RETURN answer;
END $$"""
)

# The last statement of a step's transaction: False, and nothing written, where the row was lost.
STEP = (
    """
CREATE FUNCTION maru.isolated_step(job uuid, token text, step text) RETURNS boolean"""
    + _begin("boolean")
    + """
  PERFORM FROM maru.job j WHERE j.tenant_id = t.tenant AND j.id = job AND j.plugin = t.key
             AND j.state = 'running' AND j.lease_by = token FOR UPDATE;
  answer := FOUND AND length(step) BETWEEN 1 AND 200;
  IF answer THEN
    INSERT INTO maru.job_step (tenant_id, id, job_id, name)
    VALUES (t.tenant, gen_random_uuid(), job, step);
  END IF;
  RETURN answer;
END $$"""
)

# To everybody, to one person, to a room of a channel of its own, or that a portlet of its own has
# become old: nowhere could what it says be taken for another's.
LIVE = (
    """
CREATE FUNCTION maru.isolated_live(message jsonb) RETURNS uuid"""
    + _begin("uuid")
    + """
  DECLARE
    room text := coalesce(message->>'room', '');
    event text := coalesce(message->>'event', '');
  BEGIN
    IF NOT ((room = 'tenant' OR starts_with(room, 'me:')) AND starts_with(event, t.key || '.')
            OR starts_with(room, t.key || '.') AND position(':' IN room) > 0
            OR room = 'portal' AND event = 'portlet'
               AND starts_with(coalesce(message->'data'->>'type', ''), t.key || '.'))
       OR jsonb_typeof(message->'data') IS DISTINCT FROM 'object'
       OR length(room) > 200 OR length(event) > 200 OR length(message::text) > 64000 THEN
      RAISE insufficient_privilege USING MESSAGE = 'no room of this plugin';
    END IF;
    INSERT INTO maru.live_message (tenant_id, id, room, event, data)
    VALUES (t.tenant, (message->>'id')::uuid, room, event, (message->'data')::text)
    RETURNING id INTO answer;
    RETURN answer;
  END;
END $$"""
)

# What a mail says, not its bytes: those are made, and looked at, where it is sent.
MAIL = (
    """
CREATE FUNCTION maru.isolated_mail(letter jsonb) RETURNS uuid"""
    + _begin("uuid")
    + """
  DECLARE
    number bigint := jsonb_array_length(letter->'to');
  BEGIN
    IF number NOT BETWEEN 1 AND 100 OR length(letter::text) > 20000000 THEN
      RAISE insufficient_privilege USING MESSAGE = 'no mail';
    END IF;
    PERFORM maru.isolated_room(t.tenant, t.key, number);
    INSERT INTO maru.mail (tenant_id, id, plugin, subject, recipients, waiting, sender, letter)
    VALUES (t.tenant, (letter->>'id')::uuid, t.key, left(letter->>'subject', 500), number, number,
            '', letter - 'to')
    RETURNING id INTO answer;
    INSERT INTO maru.job (tenant_id, id, kind, plugin, isolated, payload, seed, priority, max_tries,
                          enqueued_by, trace)
    SELECT t.tenant, (r.one->>'job')::uuid, 'core.deliver_mail', 'core', t.key,
           jsonb_build_object('mail', answer, 'number', r.place - 1, 'to', r.one->>'address',
             'name', coalesce(r.one->>'name', '')),
           jsonb_build_object('tenant', t.tenant, 'plugin', 'core', 'actor', t.person,
             'locale', coalesce(letter->>'locale', 'ko'),
             'trace', coalesce(letter->>'trace', ''),
             'timezone', coalesce(letter->>'timezone', 'Asia/Seoul'), 'deadline', NULL),
           50, 32, t.person, left(letter->>'trace', 100)
      FROM jsonb_array_elements(letter->'to') WITH ORDINALITY AS r(one, place);
    RETURN answer;
  END;
END $$"""
)

# A repeated request's answer, kept with its effect; NULL for the first, which is to be answered
# now. Rows of a route of their own name: none passes for an answer of web's.
CLAIM = (
    """
CREATE FUNCTION maru.isolated_claim(once text, hash text) RETURNS jsonb"""
    + _begin("jsonb")
    + """
  DECLARE
    place text := 'isolated ' || t.key;
  BEGIN
    DELETE FROM maru.idempotency i
     WHERE i.tenant_id = t.tenant AND i.person_id IS NOT DISTINCT FROM t.person
       AND i.route = place AND i.key = once AND i.created_at < now() - interval '24 hours';
    IF (SELECT count(*) FROM (
          SELECT FROM maru.idempotency i
           WHERE i.tenant_id = t.tenant AND i.person_id IS NOT DISTINCT FROM t.person
             AND i.route = place LIMIT 1000) AS l) >= 1000 OR length(once) > 255 THEN
      RAISE EXCEPTION USING ERRCODE = 'MR429', MESSAGE = 'too many kept answers';
    END IF;
    INSERT INTO maru.idempotency (tenant_id, id, person_id, route, key, body_hash)
    VALUES (t.tenant, gen_random_uuid(), t.person, place, once, left(hash, 100))
    ON CONFLICT DO NOTHING;
    IF FOUND THEN RETURN NULL; END IF;
    SELECT jsonb_build_object('answer', convert_from(i.body, 'UTF8')::jsonb,
                              'same', i.body_hash = hash)
      INTO answer FROM maru.idempotency i
     WHERE i.tenant_id = t.tenant AND i.person_id IS NOT DISTINCT FROM t.person
       AND i.route = place AND i.key = once;
    RETURN answer;
  END;
END $$"""
)

KEEP = (
    """
CREATE FUNCTION maru.isolated_keep(once text, said jsonb) RETURNS boolean"""
    + _begin("boolean")
    + """
  UPDATE maru.idempotency i SET status = 200, body = convert_to(said::text, 'UTF8')
   WHERE i.tenant_id = t.tenant AND i.person_id IS NOT DISTINCT FROM t.person
     AND i.route = 'isolated ' || t.key AND i.key = once AND i.status IS NULL
     AND length(said::text) <= 1200000;
  answer := FOUND;
  RETURN answer;
END $$"""
)

DOORS = {
    "isolated_claim(text, text)": CLAIM,
    "isolated_keep(text, jsonb)": KEEP,
    "isolated_enqueue_all(jsonb)": ENQUEUE_ALL,
    "isolated_cancel(uuid)": CANCEL,
    "isolated_step_done(uuid, text)": STEP_DONE,
    "isolated_step(uuid, text, text)": STEP,
    "isolated_live(jsonb)": LIVE,
    "isolated_mail(jsonb)": MAIL,
}

# As 0008_isolated made it.
BEFORE = (
    """
CREATE OR REPLACE FUNCTION maru.isolated_enqueue(asked jsonb) RETURNS uuid"""
    + _begin("uuid")
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


def upgrade() -> None:
    op.add_column("job", sa.Column("isolated", sa.Text()))
    op.create_index(
        "job_isolated_idx",
        "job",
        ["tenant_id", "isolated"],
        postgresql_where=sa.text("isolated IS NOT NULL AND state NOT IN ('done', 'cancelled')"),
    )
    op.add_column("mail", sa.Column("letter", JSONB()))
    op.execute(ROOM)
    op.execute("REVOKE EXECUTE ON FUNCTION maru.isolated_room(uuid, text, bigint) FROM PUBLIC")
    op.execute(ENQUEUE)
    for name, function in DOORS.items():
        op.execute(function)
        op.execute(f"REVOKE EXECUTE ON FUNCTION maru.{name} FROM PUBLIC")


def downgrade() -> None:
    for name in reversed(DOORS):
        op.execute(f"DROP FUNCTION maru.{name}")
    op.execute(BEFORE)
    op.execute("DROP FUNCTION maru.isolated_room(uuid, text, bigint)")
    op.drop_column("mail", "letter")
    op.drop_index("job_isolated_idx", "job")
    op.drop_column("job", "isolated")
