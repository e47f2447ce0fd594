"""What the pages of jobs ask beside the queue's own statements."""

from typing import Final
from uuid import UUID

from maru.admin.jobs.schemas import KindFound, Number
from maru.jobs.desk import StateCount
from maru_sdk.db import Query

# Finished jobs are many and nobody waits for them, so they aren't counted.
OPEN: Final[Query[StateCount]] = Query(
    """
    SELECT asked.state, (SELECT count(*) FROM (
             SELECT FROM maru.job j WHERE j.state = asked.state
              ORDER BY j.state, j.id LIMIT 1000) AS counted) AS number
      FROM unnest(ARRAY['dead', 'waiting', 'running', 'held', 'parked']) AS asked (state)
    """,
    StateCount,
)

# One step of the index from each kind to the next, however many jobs there are of it.
KINDS: Final[Query[KindFound]] = Query(
    """
    WITH RECURSIVE found AS (
      (SELECT kind, plugin FROM maru.job ORDER BY kind LIMIT 1)
      UNION ALL
      SELECT following.kind, following.plugin FROM found CROSS JOIN LATERAL (
        SELECT j.kind, j.plugin FROM maru.job j WHERE j.kind > found.kind
         ORDER BY j.kind LIMIT 1) AS following)
    SELECT kind, plugin FROM found LIMIT 500
    """,
    KindFound,
)

EVENT_OF: Final[Query[Number]] = Query(
    """
    SELECT CASE WHEN kind LIKE 'listener:%' THEN lane_number END AS number
      FROM maru.job WHERE id = :job
    """,
    Number,
    params={"job": UUID},
)
