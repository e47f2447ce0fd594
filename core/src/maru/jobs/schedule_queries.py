"""Every statement on schedules and their runs.

Those of the scheduler run as the system role over all tenants; the others in their tenant's scope.
A run's key is its point in time (`2026-11-20T03:00:00Z`), so keys sort as times do. One that a
person asked for sorts behind them all; one with a fraction of a second is no run but a mark: from
here on runs are owed.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from maru_sdk import Model
from maru_sdk.db import Query

PRUNED = 5_000

# The run and its job come into being together or not at all: whoever is second inserts neither.
CLAIM = sa.text(
    """
    WITH run AS (
      INSERT INTO maru.schedule_run (tenant_id, id, schedule, run_key, job_id)
      SELECT :tenant, :id, :schedule, :run_key, :job
       WHERE NOT EXISTS (SELECT FROM maru.schedule_state s
                          WHERE s.tenant_id = :tenant AND s.schedule = :schedule
                            AND NOT s.enabled)
      ON CONFLICT (tenant_id, schedule, run_key) DO NOTHING RETURNING job_id)
    INSERT INTO maru.job (tenant_id, id, kind, plugin, payload, seed, priority, max_tries)
    SELECT :tenant, run.job_id, :kind, :plugin, '{}', :seed, :priority, :max_tries FROM run
    RETURNING id
    """
).bindparams(
    sa.bindparam("tenant", type_=sa.Uuid),
    sa.bindparam("id", type_=sa.Uuid),
    sa.bindparam("job", type_=sa.Uuid),
    sa.bindparam("seed", type_=JSONB),
    sa.bindparam("schedule", type_=sa.Text),
    sa.bindparam("run_key", type_=sa.Text),
    sa.bindparam("kind", type_=sa.Text),
    sa.bindparam("plugin", type_=sa.Text),
    sa.bindparam("priority", type_=sa.SmallInteger),
    sa.bindparam("max_tries", type_=sa.BigInteger),
)

MARK = sa.text(
    """
    INSERT INTO maru.schedule_run (tenant_id, id, schedule, run_key)
    SELECT r.tenant, r.id, r.schedule, :run_key
      FROM unnest(:tenants, :ids, :schedules) AS r (tenant, id, schedule) ON CONFLICT DO NOTHING
    """
).bindparams(
    sa.bindparam("tenants", type_=sa.ARRAY(sa.Uuid)),
    sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)),
    sa.bindparam("schedules", type_=sa.ARRAY(sa.Text)),
    sa.bindparam("run_key", type_=sa.Text),
)

LAST_RUNS = sa.text(
    """
    SELECT line.tenant, line.schedule,
           (SELECT max(r.run_key) FROM maru.schedule_run r
             WHERE r.tenant_id = line.tenant AND r.schedule = line.schedule
               AND r.run_key <= :now) AS run_key,
           (SELECT max(p.updated_at) FROM maru.plugin_state p
             WHERE p.tenant_id = line.tenant AND p.enabled
               AND p.key = ANY (string_to_array(line.plugin, '.'))) AS on_since
      FROM jsonb_to_recordset(:lines) AS line (tenant uuid, schedule text, plugin text)
    """
).bindparams(sa.bindparam("lines", type_=JSONB))

SWITCHED = sa.text("SELECT tenant_id, schedule, enabled, updated_at FROM maru.schedule_state")

PRUNE = sa.text(
    f"""
    DELETE FROM maru.schedule_run WHERE (tenant_id, id) IN (
      SELECT r.tenant_id, r.id FROM maru.schedule_run r
       WHERE r.created_at < now() - make_interval(days => :days)
         AND (r.run_key LIKE 'asked %'
              OR EXISTS (SELECT FROM maru.schedule_run later
                          WHERE later.tenant_id = r.tenant_id AND later.schedule = r.schedule
                            AND later.run_key > r.run_key AND later.run_key NOT LIKE 'asked %'))
       LIMIT {PRUNED})
    """  # noqa: S608  # no value is written into it
)
"""Forgets old runs, but for the last of each schedule: from there on the next are owed."""

SET_STATE = sa.text(
    """
    INSERT INTO maru.schedule_state (id, schedule, enabled, changed_by)
    SELECT :id, :schedule, :enabled, :person
     WHERE NOT :enabled OR EXISTS (SELECT FROM maru.schedule_state s WHERE s.schedule = :schedule)
    ON CONFLICT (tenant_id, schedule) DO UPDATE
       SET enabled = :enabled, changed_by = :person, updated_at = now()
     WHERE schedule_state.enabled <> :enabled
    RETURNING id
    """
).bindparams(
    sa.bindparam("id", type_=sa.Uuid),
    sa.bindparam("person", type_=sa.Uuid),
    sa.bindparam("enabled", type_=sa.Boolean),
    sa.bindparam("schedule", type_=sa.Text),
)
"""Without a row it is on, so there is nothing to insert in order to turn it on."""

ASK = sa.text(
    """
    WITH job AS (
      INSERT INTO maru.job (id, kind, plugin, payload, seed, priority, max_tries, unique_key,
                            enqueued_by, trace)
      VALUES (:job, :kind, :plugin, '{}', :seed, :priority, :max_tries, :unique_key, :person,
              :trace)
      ON CONFLICT (tenant_id, unique_key) WHERE state = 'waiting' AND unique_key IS NOT NULL
      DO NOTHING RETURNING id)
    INSERT INTO maru.schedule_run (id, schedule, run_key, job_id, asked_by)
    SELECT :id, :schedule, :run_key, job.id, :person FROM job RETURNING job_id
    """
).bindparams(
    sa.bindparam("id", type_=sa.Uuid),
    sa.bindparam("job", type_=sa.Uuid),
    sa.bindparam("person", type_=sa.Uuid),
    sa.bindparam("seed", type_=JSONB),
    sa.bindparam("schedule", type_=sa.Text),
    sa.bindparam("run_key", type_=sa.Text),
    sa.bindparam("kind", type_=sa.Text),
    sa.bindparam("plugin", type_=sa.Text),
    sa.bindparam("unique_key", type_=sa.Text),
    sa.bindparam("trace", type_=sa.Text),
    sa.bindparam("priority", type_=sa.SmallInteger),
    sa.bindparam("max_tries", type_=sa.BigInteger),
)


class Switch(Model):
    """What the tenant's admins have said about a schedule."""

    schedule: str
    enabled: bool


class RunOut(Model):
    """One run. `at` is the point in time, absent where a person asked for it; the job's part is
    absent once the job is forgotten."""

    schedule: str
    run_key: str
    created_at: datetime
    asked_by: UUID | None
    job_id: UUID | None
    state: str | None
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None


_RUN = """
    SELECT r.schedule, r.run_key, r.created_at, r.asked_by, r.job_id, j.state, j.started_at,
           j.finished_at, j.error
      FROM {source}
     CROSS JOIN LATERAL (SELECT * FROM maru.schedule_run one
                          WHERE one.schedule = asked.name AND position('.' IN one.run_key) = 0
                          ORDER BY one.created_at DESC LIMIT {limit}) AS r
      LEFT JOIN maru.job j ON j.id = r.job_id
     ORDER BY r.created_at DESC
"""

SWITCHES: Query[Switch] = Query(
    "SELECT schedule, enabled FROM maru.schedule_state", Switch, params={}
)
LATEST: Query[RunOut] = Query(
    _RUN.format(source="unnest(:names) AS asked (name)", limit="1"),
    RunOut,
    params={"names": list[str]},
)
RUNS: Query[RunOut] = Query(
    _RUN.format(source="(SELECT :name AS name) AS asked", limit=":most"),
    RunOut,
    params={"name": str, "most": int},
)


def params_of_work(work: Any) -> dict[str, Any]:
    """What the job of a run is, of the catalogue's entry."""
    return {
        "kind": work.kind,
        "plugin": work.plugin,
        "priority": work.priority,
        "max_tries": work.tries,
    }
