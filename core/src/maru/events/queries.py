"""Every statement on the log of events.

An event's number is given when it is written and seen when its transaction commits, so a reader
must know which numbers may still come. Whoever writes one holds a shared lock until the end of its
transaction that says: mine are above this (the trigger `promise` takes it before the number).
Readers go as far as the lowest of a tenant's, and nobody waits for a transaction that publishes
nothing, nor for another tenant's.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

BATCH = 500
PRUNED = 5_000

PUBLISH = sa.text(
    """
    INSERT INTO maru.event (tenant_id, id, name, version, key, body, actor_id, trace)
    VALUES (:tenant, :id, :name, :version, :key, :body, :actor, :trace)
    """
).bindparams(
    sa.bindparam("tenant", type_=sa.Uuid),
    sa.bindparam("id", type_=sa.Uuid),
    sa.bindparam("actor", type_=sa.Uuid),
    sa.bindparam("body", type_=JSONB),
)

# In this order, each seeing what was committed before it: the last number, who is writing, the log.
LAST = sa.text("SELECT last_value - (NOT is_called)::int AS number FROM maru.event_number_seq")

WRITING = sa.text(
    """
    SELECT classid::bigint AS lane, objid::bigint AS floor FROM pg_locks
     WHERE locktype = 'advisory' AND objsubid = 2
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    """
)

NEWS = sa.text(
    """
    SELECT tenant_id, max(number) AS number FROM maru.event
     WHERE number > :since AND number <= :last GROUP BY tenant_id
    """
)

# A plugin that is switched on for the first time hears what happens from then on.
BEGIN = sa.text(
    """
    INSERT INTO maru.event_position (tenant_id, id, listener, number)
    SELECT :tenant, :id, :listener, coalesce(max(e.number), 0)
      FROM maru.event e JOIN maru.plugin_state p
        ON p.tenant_id = e.tenant_id AND p.key = :plugin AND e.created_at < p.created_at
     WHERE e.tenant_id = :tenant
    ON CONFLICT (tenant_id, listener) DO NOTHING
    """
).bindparams(sa.bindparam("tenant", type_=sa.Uuid), sa.bindparam("id", type_=sa.Uuid))

# Since when the tenant has had the plugin, or one of the two that a bridge stands between, off.
OFF = sa.text(
    """
    SELECT min(updated_at) FROM maru.plugin_state
     WHERE tenant_id = :tenant AND key = ANY(:keys) AND NOT enabled
    """
).bindparams(sa.bindparam("tenant", type_=sa.Uuid), sa.bindparam("keys", type_=sa.ARRAY(sa.Text)))

POSITION = sa.text(
    """
    SELECT number, replays_to FROM maru.event_position
     WHERE tenant_id = :tenant AND listener = :listener FOR UPDATE SKIP LOCKED
    """
).bindparams(sa.bindparam("tenant", type_=sa.Uuid))

EVENTS = sa.text(
    f"""
    SELECT number, name, key, body, actor_id, trace, created_at FROM maru.event
     WHERE tenant_id = :tenant AND number > :number AND number <= :settled
     ORDER BY number LIMIT {BATCH}
    """  # noqa: S608  # no value is written into it
).bindparams(sa.bindparam("tenant", type_=sa.Uuid))

MOVE = sa.text(
    """
    UPDATE maru.event_position
       SET number = :number, updated_at = now(),
           replays_to = CASE WHEN replays_to > :number THEN replays_to END
     WHERE tenant_id = :tenant AND listener = :listener
    """
).bindparams(sa.bindparam("tenant", type_=sa.Uuid))

# What still waits, runs or is parked isn't made twice by a replay.
DELIVER = sa.text(
    """
    INSERT INTO maru.job (tenant_id, id, kind, plugin, payload, seed, priority, max_tries,
                          trace, lane, lane_number)
    SELECT :tenant, (r->>'id')::uuid, :kind, :plugin, r->'body', r->'seed',
           (r->>'priority')::smallint, :max_tries, r->>'trace', r->>'lane', (r->>'number')::bigint
      FROM jsonb_array_elements(:rows) AS r
     WHERE NOT EXISTS (
       SELECT FROM maru.job j
        WHERE j.tenant_id = :tenant AND j.kind = :kind
          AND j.lane_number = (r->>'number')::bigint
          AND j.state IN ('waiting', 'running', 'parked'))
    """
).bindparams(sa.bindparam("tenant", type_=sa.Uuid), sa.bindparam("rows", type_=JSONB))

PRUNE = sa.text(
    f"""
    DELETE FROM maru.event WHERE (tenant_id, id) IN (
      SELECT tenant_id, id FROM maru.event
       WHERE created_at < now() - make_interval(days => :days) LIMIT {PRUNED})
    """  # noqa: S608  # no value is written into it
)
