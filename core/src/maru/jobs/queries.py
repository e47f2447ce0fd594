"""Every statement on the queue's table.

Those of the relay run as the system role over all tenants; the others in their tenant's scope.

No statistics keep up with this table: it may be empty now and hold 100,000 rows a moment later. So
what goes over all tenants is planned to use indexes (`by_index`), and `state || ''` is what it
isn't to be found by: it leaves PostgreSQL the one index that is meant. What is locked already is
changed by its place (`ctid`), which stays while the lock is held and needs no index at all.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

# A bulk is one statement whatever its length; what each is asked travels as ready JSON. Only under
# a unique key is there a conflict to look for, which costs as much as half an insert.
_ENQUEUE = """
    INSERT INTO maru.job (tenant_id, id, kind, plugin, payload, seed, priority, due_at, unique_key,
                          max_tries, enqueued_by, trace, not_after)
    SELECT :tenant, r.id, :kind, :plugin, CAST(r.ask AS jsonb), :seed, :priority,
           coalesce(CAST(:due AS timestamptz), now()), :unique_key, :max_tries, :actor, :trace,
           :not_after
      FROM unnest(:ids, :asks) AS r (id, ask)
    """


def _enqueuing(sql: str) -> sa.TextClause:
    return sa.text(sql).bindparams(
        sa.bindparam("seed", type_=JSONB),
        sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)),
        sa.bindparam("asks", type_=sa.ARRAY(sa.Text)),
        sa.bindparam("due", type_=sa.DateTime(timezone=True)),
        sa.bindparam("not_after", type_=sa.DateTime(timezone=True)),
        sa.bindparam("tenant", type_=sa.Uuid),
        sa.bindparam("actor", type_=sa.Uuid),
        sa.bindparam("unique_key", type_=sa.Text),
        sa.bindparam("trace", type_=sa.Text),
        sa.bindparam("priority", type_=sa.SmallInteger),
        sa.bindparam("max_tries", type_=sa.BigInteger),
    )


ENQUEUE = _enqueuing(_ENQUEUE)
ENQUEUE_UNIQUE = _enqueuing(
    f"""{_ENQUEUE}
    ON CONFLICT (tenant_id, unique_key) WHERE state = 'waiting' AND unique_key IS NOT NULL DO UPDATE
       SET due_at = least(job.due_at, excluded.due_at), lease_until = NULL, window_at = NULL
    RETURNING id
    """  # noqa: S608  # no value is written into it
)

# Jobs of which some wait for others; each has a kind of its own.
ENQUEUE_LINKED = sa.text(
    """
    INSERT INTO maru.job (tenant_id, id, kind, plugin, payload, seed, priority, due_at, state,
                          max_tries, enqueued_by, trace, not_after, then_id, awaits)
    SELECT :tenant, r.id, r.kind, r.plugin, r.payload, r.seed, r.priority,
           coalesce(CAST(:due AS timestamptz), now()), r.state, r.max_tries, :actor, :trace,
           :not_after, r.then_id, r.awaits
      FROM jsonb_to_recordset(:rows) AS r (id uuid, kind text, plugin text, payload jsonb,
           seed jsonb, priority smallint, state text, max_tries bigint, then_id uuid, awaits bigint)
    """
).bindparams(
    sa.bindparam("rows", type_=JSONB),
    sa.bindparam("due", type_=sa.DateTime(timezone=True)),
    sa.bindparam("not_after", type_=sa.DateTime(timezone=True)),
    sa.bindparam("tenant", type_=sa.Uuid),
    sa.bindparam("actor", type_=sa.Uuid),
    sa.bindparam("trace", type_=sa.Text),
)

# A run is known by its token: whoever finishes must still hold it. Both functions go from tenant to
# tenant; what they are given is in `maru.jobs.rows`, which reads the texts itself.
START = sa.text(
    """
    SELECT tenant, job, run, kind, CAST(payload AS text) AS payload, CAST(seed AS text) AS seed,
           tries, max_tries, deaths, created_at, not_after, expired, suspended
      FROM maru.start_jobs(:tenants, :jobs, :runs, :messages, :lease)
    """
).bindparams(
    sa.bindparam("tenants", type_=sa.ARRAY(sa.Uuid)),
    sa.bindparam("jobs", type_=sa.ARRAY(sa.Uuid)),
    sa.bindparam("runs", type_=sa.ARRAY(sa.Text)),
    sa.bindparam("messages", type_=sa.ARRAY(sa.Text)),
    sa.bindparam("lease", type_=sa.Double),
)

FINISH_MANY = sa.text(
    "SELECT job FROM maru.finish_jobs(:tenants, :jobs, :runs, :results)"
).bindparams(
    sa.bindparam("tenants", type_=sa.ARRAY(sa.Uuid)),
    sa.bindparam("jobs", type_=sa.ARRAY(sa.Uuid)),
    sa.bindparam("runs", type_=sa.ARRAY(sa.Text)),
    sa.bindparam("results", type_=sa.ARRAY(sa.Text)),
)

# In the transaction of the effect; what waits for this one is freed in it too.
FINISH = sa.text(
    """
    WITH finished AS (
      UPDATE maru.job
         SET state = 'done', finished_at = now(), result = :result, error = NULL,
             tries = tries + 1, deaths = 0, lease_by = NULL, lease_until = NULL, window_at = NULL,
             updated_at = now()
       WHERE id = :id AND state = 'running' AND lease_by = :run
      RETURNING id, then_id
    ), freed AS (
      UPDATE maru.job n
         SET awaits = n.awaits - 1, due_at = greatest(n.due_at, now()),
             state = CASE WHEN n.awaits <= 1 THEN 'waiting' ELSE n.state END
        FROM finished WHERE n.id = finished.then_id AND n.state = 'held'
    )
    SELECT id FROM finished
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid), sa.bindparam("result", type_=JSONB))

STEP_DONE = sa.text("SELECT 1 FROM maru.job_step WHERE job_id = :id AND name = :name").bindparams(
    sa.bindparam("id", type_=sa.Uuid)
)

# The last statement of a step's transaction: who has lost the row to another run commits nothing.
STEP = sa.text(
    """
    INSERT INTO maru.job_step (id, job_id, name)
    SELECT :step, id, CAST(:name AS text) FROM maru.job
     WHERE id = :id AND state = 'running' AND lease_by = :run FOR UPDATE
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid), sa.bindparam("step", type_=sa.Uuid))

PROGRESS = sa.text(
    """
    UPDATE maru.job SET progress = :progress, updated_at = now()
     WHERE id = :id AND state = 'running' AND lease_by = :run
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid), sa.bindparam("progress", type_=JSONB))

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
     WHERE id = ANY(:ids) AND state = 'running' AND lease_by = ANY(:runs)
    RETURNING lease_by
    """
).bindparams(
    sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)), sa.bindparam("runs", type_=sa.ARRAY(sa.Text))
)

# What an admin does with one job; whoever changes it waits for whoever does.
STATE = sa.text(
    "SELECT kind, plugin, state, payload, then_id FROM maru.job WHERE id = :id FOR UPDATE"
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
# the window: a tenant with 100,000 jobs doesn't delay another's single one. The pairs of tenant and
# priority that have free rows are found by skipping through the index, and of each only as many
# rows are looked at as one claim can take. Where not all have room for a turn, lots are drawn: by
# age the tenants with the longest queues would go first for ever. What is due stands in `bundle`
# messages; a job whose worker has died before travels alone, so that it takes no others with it. Of
# a tenant with a quota no more are sent than may be at work beside those that run.
CLAIM = sa.text(
    """
    WITH RECURSIVE pair AS (
      (SELECT tenant_id, priority FROM maru.job
        WHERE state = 'waiting' AND lease_until IS NULL ORDER BY tenant_id, priority LIMIT 1)
       UNION ALL
      SELECT following.* FROM pair CROSS JOIN LATERAL (
        SELECT j.tenant_id, j.priority FROM maru.job j
         WHERE j.state = 'waiting' AND j.lease_until IS NULL
           AND (j.tenant_id, j.priority) > (pair.tenant_id, pair.priority)
         ORDER BY j.tenant_id, j.priority LIMIT 1) AS following
    ), busy AS (
      SELECT tenant_id, count(*) AS held FROM maru.job
       WHERE lease_until IS NOT NULL AND state || '' = 'waiting' GROUP BY tenant_id
    ), stand AS (
      SELECT coalesce(sum(held), 0)::bigint AS held FROM busy
    ), level AS (
      SELECT pair.tenant_id, pair.priority, coalesce(busy.held, 0) AS held
        FROM pair JOIN maru.tenant t ON t.id = pair.tenant_id AND t.state = 'active'
        LEFT JOIN busy ON busy.tenant_id = pair.tenant_id
       WHERE coalesce(busy.held, 0) < :share
    ), reach AS (
      SELECT least(:share, greatest(4, 2 * :batch / greatest(count(*), 1))) AS most FROM level
    ), turns AS (
      SELECT due.tenant_id, due.id, due.due_at,
             level.held + row_number() OVER (PARTITION BY due.tenant_id
               ORDER BY due.priority, due.due_at, due.id) AS turn
        FROM level CROSS JOIN LATERAL (
          SELECT j.tenant_id, j.id, j.priority, j.due_at FROM maru.job j
           WHERE j.tenant_id = level.tenant_id AND j.state = 'waiting'
             AND j.priority = level.priority AND j.lease_until IS NULL AND j.due_at <= now()
             AND (j.lane IS NULL OR NOT EXISTS (
               SELECT 1 FROM maru.job e
                WHERE e.tenant_id = j.tenant_id AND e.lane = j.lane
                  AND e.lane_number < j.lane_number
                  AND e.state IN ('waiting', 'running', 'parked')))
           ORDER BY j.due_at, j.id LIMIT (SELECT most FROM reach)) AS due
    ), capped AS MATERIALIZED (
      SELECT t.id AS tenant_id, t.quota_jobs - (
               SELECT count(*) FROM maru.job r
                WHERE r.tenant_id = t.id AND r.state = 'running' AND r.lease_until IS NOT NULL
             ) AS room
        FROM maru.tenant t WHERE t.quota_jobs IS NOT NULL
    ), chosen AS (
      SELECT tenant_id, id, turn FROM turns
       WHERE turn <= :share
         AND turn <= coalesce((SELECT room FROM capped c WHERE c.tenant_id = turns.tenant_id), turn)
       ORDER BY turn, random() LIMIT greatest(0, least(:batch, :window - (SELECT held FROM stand)))
    ), locked AS (
      SELECT mine.*, chosen.turn FROM chosen CROSS JOIN LATERAL (
        SELECT j.ctid AS at, j.id, j.priority, j.due_at, j.deaths FROM maru.job j
         WHERE j.tenant_id = chosen.tenant_id AND j.id = chosen.id
           AND j.state || '' = 'waiting' AND j.lease_until IS NULL
           FOR UPDATE SKIP LOCKED) AS mine
    ), packed AS (
      SELECT at, turn, CASE WHEN deaths > 0 THEN id::text ELSE
             ((row_number() OVER (PARTITION BY priority ORDER BY turn, due_at) - 1)
               / :bundle)::text END AS number
        FROM locked
    )
    UPDATE maru.job j
       SET lease_until = now() + make_interval(secs => :lease), window_at = now(),
           lease_by = :token || ':' || packed.number
      FROM packed WHERE j.ctid = packed.at
    RETURNING j.tenant_id, j.id, j.priority, j.lease_by, packed.turn,
              (SELECT held FROM stand) AS held
    """
).bindparams(
    sa.bindparam("share", type_=sa.BigInteger),
    sa.bindparam("batch", type_=sa.BigInteger),
    sa.bindparam("window", type_=sa.BigInteger),
    sa.bindparam("bundle", type_=sa.BigInteger),
    sa.bindparam("token", type_=sa.Text),
    sa.bindparam("lease", type_=sa.Double),
)

# What no process holds any more: runs, and messages that were never sent. A second one that waits
# under a run's unique key may exist by now, so the key, which only ever spared work, is given up.
RECLAIM = sa.text(
    """
    UPDATE maru.job j
       SET state = 'waiting', lease_by = NULL, lease_until = NULL, window_at = NULL,
           unique_key = CASE WHEN j.state = 'waiting' THEN j.unique_key END
      FROM (SELECT ctid AS at FROM maru.job
             WHERE lease_until <= now() AND state || '' IN ('running', 'waiting')
               FOR UPDATE SKIP LOCKED) AS lost
     WHERE j.ctid = lost.at
    RETURNING j.id
    """
)

# What has stood in the window for `settled` seconds beyond its tenant's first `share` goes back:
# the jobs have become longer than those that the window was made so deep for.
RECALL = sa.text(
    """
    UPDATE maru.job j SET lease_by = NULL, lease_until = NULL, window_at = NULL
      FROM (SELECT w.ctid AS at FROM maru.job w
              JOIN (SELECT tenant_id, id, row_number() OVER (PARTITION BY tenant_id
                           ORDER BY window_at, priority, due_at, id) AS number
                      FROM maru.job WHERE lease_until IS NOT NULL AND state || '' = 'waiting'
                       AND window_at < now() - make_interval(secs => :settled)) AS old
                ON old.tenant_id = w.tenant_id AND old.id = w.id AND old.number > :share
             WHERE w.state || '' = 'waiting' FOR UPDATE OF w SKIP LOCKED) AS deep
     WHERE j.ctid = deep.at
    RETURNING j.id
    """
)

# What stands in the window, or stood there before Redis lost it.
WINDOWED = sa.text(
    """
    SELECT tenant_id, id, priority, lease_by,
           window_at < now() - make_interval(secs => :longest) AS long FROM maru.job
     WHERE state || '' = 'waiting' AND lease_until IS NOT NULL
       AND window_at < now() - make_interval(secs => :settled)
     ORDER BY lease_until LIMIT 2000
    """
)

KEEP = sa.text(
    """
    UPDATE maru.job j
       SET lease_until = CASE WHEN kept.there THEN now() + make_interval(secs => :lease) END
      FROM jsonb_to_recordset(:rows) AS kept (tenant_id uuid, id uuid, token text, there boolean)
     WHERE j.tenant_id = kept.tenant_id AND j.id = kept.id AND j.lease_until IS NOT NULL
       AND j.state || '' = 'waiting' AND j.lease_by = kept.token
    """
).bindparams(sa.bindparam("rows", type_=JSONB))

UNCLAIM = sa.text(
    """
    UPDATE maru.job SET lease_until = NULL, lease_by = NULL, window_at = NULL
     WHERE state || '' = 'waiting' AND lease_by = ANY(:messages) AND lease_until IS NOT NULL
    """
).bindparams(sa.bindparam("messages", type_=sa.ARRAY(sa.Text)))

# Parked is what somebody may wonder about; what isn't due may go on waiting.
PARK_SUSPENDED = sa.text(
    """
    UPDATE maru.job j
       SET state = 'parked', error = :why, lease_by = NULL, lease_until = NULL, window_at = NULL
      FROM (SELECT w.tenant_id, w.id FROM maru.tenant t CROSS JOIN LATERAL (
              SELECT tenant_id, id FROM maru.job
               WHERE tenant_id = t.id AND state = 'waiting' AND lease_until IS NULL
                 AND due_at <= now() ORDER BY priority, due_at, id LIMIT 1000) AS w
             WHERE t.state <> 'active') AS found
     WHERE j.tenant_id = found.tenant_id AND j.id = found.id AND j.state || '' = 'waiting'
    """
)

EXPIRE = sa.text(
    """
    UPDATE maru.job
       SET state = 'dead', error = :why, finished_at = now(), lease_by = NULL, lease_until = NULL,
           window_at = NULL, updated_at = now()
     WHERE (tenant_id, id) IN (
       SELECT tenant_id, id FROM maru.job
        WHERE state = 'waiting' AND not_after <= now() LIMIT 1000 FOR UPDATE SKIP LOCKED)
    """
)

PARKED = sa.text(
    """
    SELECT DISTINCT j.tenant_id, j.kind
      FROM maru.job j JOIN maru.tenant t ON t.id = j.tenant_id AND t.state = 'active'
     WHERE j.state = 'parked' AND j.deaths = 0
    """
)

UNPARK = sa.text(
    """
    UPDATE maru.job SET state = 'waiting', due_at = now(), error = NULL, unique_key = NULL
     WHERE tenant_id = :tenant AND kind || '' = :kind AND state = 'parked' AND deaths = 0
    """
).bindparams(sa.bindparam("tenant", type_=sa.Uuid))

PENDING = sa.text(
    """
    SELECT (SELECT count(*) FROM maru.job
             WHERE state = 'waiting' AND lease_until IS NULL AND due_at <= now())
         + (SELECT count(*) FROM maru.job
             WHERE lease_until IS NOT NULL AND state || '' = 'waiting' AND due_at <= now())
    """
)

PRUNE = sa.text(
    """
    DELETE FROM maru.job WHERE (tenant_id, id) IN (
      SELECT tenant_id, id FROM maru.job
       WHERE finished_at < now() - make_interval(days => :days) AND state IN ('done', 'cancelled')
       LIMIT 5000)
    """
)
