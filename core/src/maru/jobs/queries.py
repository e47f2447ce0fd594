"""Every statement on the queue's table.

Those of the relay run as the system role over all tenants; the others in their tenant's scope.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

# A bulk is one statement whatever its length: the rows travel as one JSON document.
ENQUEUE = sa.text(
    """
    INSERT INTO maru.job (tenant_id, id, kind, plugin, payload, seed, priority, due_at, unique_key,
                          max_tries, enqueued_by, trace)
    SELECT :tenant, (r->>'id')::uuid, :kind, :plugin, r->'ask', :seed, :priority,
           coalesce(CAST(:due AS timestamptz), now()), :unique_key, :max_tries, :actor, :trace
      FROM jsonb_array_elements(:rows) AS r
    ON CONFLICT (tenant_id, unique_key) WHERE state = 'waiting' DO UPDATE
       SET due_at = least(job.due_at, excluded.due_at), lease_until = NULL, window_at = NULL
    RETURNING id
    """
).bindparams(
    sa.bindparam("seed", type_=JSONB),
    sa.bindparam("rows", type_=JSONB),
    sa.bindparam("due", type_=sa.DateTime(timezone=True)),
    sa.bindparam("tenant", type_=sa.Uuid),
    sa.bindparam("actor", type_=sa.Uuid),
    sa.bindparam("unique_key", type_=sa.Text),
    sa.bindparam("trace", type_=sa.Text),
    sa.bindparam("priority", type_=sa.SmallInteger),
    sa.bindparam("max_tries", type_=sa.BigInteger),
)

# A run is known by its token: whoever finishes must still hold it.
START = sa.text(
    """
    UPDATE maru.job
       SET state = 'running', lease_by = :run, started_at = now(), deaths = deaths + 1,
           lease_until = now() + make_interval(secs => :lease)
     WHERE id = (SELECT id FROM maru.job
                  WHERE id = :id AND state = 'waiting' AND due_at <= now()
                    FOR UPDATE SKIP LOCKED)
    RETURNING kind, plugin, payload, seed, tries, max_tries, deaths, created_at,
              extract(epoch FROM now() - due_at)::float8 AS late
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid))

FINISH = sa.text(
    """
    UPDATE maru.job
       SET state = 'done', finished_at = now(), result = :result, error = NULL, tries = tries + 1,
           deaths = 0, lease_by = NULL, lease_until = NULL, window_at = NULL, updated_at = now()
     WHERE id = :id AND state = 'running' AND lease_by = :run
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid), sa.bindparam("result", type_=JSONB))

SETTLE = sa.text(
    """
    UPDATE maru.job
       SET state = :state, error = :error, tries = tries + :counted, deaths = :deaths,
           due_at = now() + make_interval(secs => :again),
           finished_at = CASE WHEN :over THEN now() END,
           lease_by = NULL, lease_until = NULL, window_at = NULL, updated_at = now()
     WHERE id = :id AND state = 'running' AND lease_by = :run
    """
).bindparams(
    sa.bindparam("id", type_=sa.Uuid),
    sa.bindparam("over", type_=sa.Boolean),
    sa.bindparam("counted", type_=sa.BigInteger),
    sa.bindparam("deaths", type_=sa.SmallInteger),
)

RENEW = sa.text(
    """
    UPDATE maru.job SET lease_until = now() + make_interval(secs => :lease)
     WHERE id = :id AND state = 'running' AND lease_by = :run
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid))

# What an admin does with one job; whoever changes it waits for whoever does.
STATE = sa.text(
    "SELECT kind, state, payload, then_id FROM maru.job WHERE id = :id FOR UPDATE"
).bindparams(sa.bindparam("id", type_=sa.Uuid))

SEND_AGAIN = sa.text(
    """
    UPDATE maru.job
       SET state = CASE WHEN awaits > 0 THEN 'held' ELSE 'waiting' END, payload = :payload,
           due_at = now(), tries = 0, deaths = 0, error = NULL, result = NULL, progress = NULL,
           started_at = NULL, finished_at = NULL, unique_key = NULL, lease_by = NULL,
           lease_until = NULL, window_at = NULL, updated_at = now(),
           not_after = CASE WHEN not_after > now() THEN not_after END
     WHERE id = :id
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid), sa.bindparam("payload", type_=JSONB))

CANCEL = sa.text(
    """
    UPDATE maru.job
       SET state = 'cancelled', finished_at = now(), lease_by = NULL, lease_until = NULL,
           window_at = NULL, updated_at = now()
     WHERE id = :id
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid))

CANCEL_FOLLOWERS = sa.text(
    """
    WITH RECURSIVE line AS (
      SELECT id, then_id FROM maru.job WHERE id = :id AND state = 'held'
       UNION
      SELECT j.id, j.then_id FROM maru.job j JOIN line ON j.id = line.then_id
       WHERE j.state = 'held'
    )
    UPDATE maru.job j
       SET state = 'cancelled', finished_at = now(), updated_at = now(),
           error = 'BEFORE_CANCELLED: the job before it, ' || :before || ', was cancelled'
      FROM line WHERE j.id = line.id
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid), sa.bindparam("before", type_=sa.Text))

# One turn for each tenant before anyone's second, and never more than `share` of one tenant in
# the window: a tenant with 100,000 jobs doesn't delay another's single one.
CLAIM = sa.text(
    """
    WITH busy AS (
      SELECT tenant_id, count(*) AS held FROM maru.job
       WHERE lease_until > now() GROUP BY tenant_id
    ), turns AS (
      SELECT due.tenant_id, due.id, due.due_at, coalesce(busy.held, 0) AS held,
             row_number() OVER (PARTITION BY due.tenant_id
                                ORDER BY due.priority, due.due_at, due.id) AS turn
        FROM maru.tenant t
        LEFT JOIN busy ON busy.tenant_id = t.id
       CROSS JOIN (VALUES (10::smallint), (50::smallint), (90::smallint)) AS level (priority)
       CROSS JOIN LATERAL (
         SELECT j.tenant_id, j.id, j.priority, j.due_at FROM maru.job j
          WHERE j.tenant_id = t.id AND j.state = 'waiting' AND j.priority = level.priority
            AND j.due_at <= now() AND (j.lease_until IS NULL OR j.lease_until <= now())
            AND (j.lane IS NULL OR NOT EXISTS (
              SELECT 1 FROM maru.job e
               WHERE e.tenant_id = j.tenant_id AND e.lane = j.lane
                 AND e.lane_number < j.lane_number
                 AND e.state IN ('waiting', 'running', 'parked')))
          ORDER BY j.due_at, j.id LIMIT :share) AS due
       WHERE t.state = 'active'
    ), chosen AS (
      SELECT tenant_id, id, turn FROM turns WHERE turn + held <= :share
       ORDER BY turn, due_at LIMIT :batch
    ), locked AS (
      SELECT j.tenant_id, j.id, chosen.turn
        FROM maru.job j JOIN chosen ON chosen.tenant_id = j.tenant_id AND chosen.id = j.id
       WHERE j.state = 'waiting' AND (j.lease_until IS NULL OR j.lease_until <= now())
         FOR UPDATE OF j SKIP LOCKED
    )
    UPDATE maru.job j
       SET lease_until = now() + make_interval(secs => :lease), lease_by = :token, window_at = now()
      FROM locked WHERE j.tenant_id = locked.tenant_id AND j.id = locked.id
    RETURNING j.tenant_id, j.id, j.priority, locked.turn
    """
)

# What no process holds any more. A second one that waits under the same unique key may exist by
# now, so the key, which only ever spared work, is given up.
RECLAIM = sa.text(
    """
    UPDATE maru.job j
       SET state = 'waiting', unique_key = NULL, lease_by = NULL, lease_until = NULL,
           window_at = NULL
      FROM (SELECT tenant_id, id FROM maru.job
             WHERE state = 'running' AND lease_until <= now()
               FOR UPDATE SKIP LOCKED) AS lost
     WHERE j.tenant_id = lost.tenant_id AND j.id = lost.id
    RETURNING j.id
    """
)

# What stands in the window, or stood there before Redis lost it.
WINDOWED = sa.text(
    """
    SELECT tenant_id, id, priority, lease_by,
           window_at < now() - make_interval(secs => :longest) AS long FROM maru.job
     WHERE state = 'waiting' AND lease_until IS NOT NULL
       AND window_at < now() - make_interval(secs => :settled)
     ORDER BY lease_until LIMIT 2000
    """
)

KEEP = sa.text(
    """
    UPDATE maru.job j
       SET lease_until = CASE WHEN kept.there THEN now() + make_interval(secs => :lease) END
      FROM jsonb_to_recordset(:rows) AS kept (tenant_id uuid, id uuid, token text, there boolean)
     WHERE j.tenant_id = kept.tenant_id AND j.id = kept.id AND j.state = 'waiting'
       AND j.lease_by = kept.token
    """
).bindparams(sa.bindparam("rows", type_=JSONB))

UNCLAIM = sa.text(
    """
    UPDATE maru.job SET lease_until = NULL, lease_by = NULL, window_at = NULL
     WHERE state = 'waiting' AND lease_by = :token AND lease_until IS NOT NULL
    """
)

PARKED = sa.text(
    "SELECT DISTINCT tenant_id, plugin, kind FROM maru.job WHERE state = 'parked' AND deaths = 0"
)

UNPARK = sa.text(
    """
    UPDATE maru.job SET state = 'waiting', due_at = now(), error = NULL, unique_key = NULL
     WHERE tenant_id = :tenant AND kind = :kind AND state = 'parked' AND deaths = 0
    """
).bindparams(sa.bindparam("tenant", type_=sa.Uuid))

PENDING = sa.text("SELECT count(*) FROM maru.job WHERE state = 'waiting' AND due_at <= now()")

PRUNE = sa.text(
    """
    DELETE FROM maru.job WHERE (tenant_id, id) IN (
      SELECT tenant_id, id FROM maru.job
       WHERE finished_at < now() - make_interval(days => :days) AND state IN ('done', 'cancelled')
       LIMIT 5000)
    """
)
