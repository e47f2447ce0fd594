"""Jobs of an isolated plugin's own, in the name of the ticket."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from maru.db.unit import Unit
from maru.isolated.bounds import JobsFull, through
from maru.isolated.ticketed import WORK
from maru.jobs.catalog import PRIORITIES
from maru.jobs.errors import JobNotFound, JobOver
from maru.jobs.payload import checked
from maru.jobs.queue import MOST_LINKED, Ask, Asker, Terms
from maru.observability.trace import trace_id
from maru_sdk import InvalidInput
from maru_sdk.db import uuid7
from maru_sdk.declarations import Job

_JSON: Final = sa.bindparam("row", type_=JSONB)
_ENQUEUE: Final = sa.text("SELECT maru.isolated_enqueue(:row)").bindparams(_JSON)
_ENQUEUE_ALL: Final = sa.text("SELECT maru.isolated_enqueue_all(:row)").bindparams(_JSON)
_CANCEL: Final = sa.text("SELECT maru.isolated_cancel(:id)").bindparams(
    sa.bindparam("id", type_=sa.Uuid)
)


async def queued(unit: Unit, statement: sa.TextClause, row: Mapping[str, Any]) -> Any:
    """What the door answers; JobsFull where it lets no more jobs in."""
    found = await through(unit, statement, {"row": row}, JobsFull)
    WORK.get().nudges.add("job")
    return found


class Queue:
    """See `maru.jobs.queue`; tenant and actor are the ticket's."""

    async def put(
        self, unit: Unit, asker: Asker, job: Job, asks: Sequence[Ask], terms: Terms
    ) -> list[UUID]:
        """Enqueue jobs of one kind on the same terms."""
        terms.checked(job)
        rows = [_row(job, ask, terms) for ask in asks]
        if terms.unique is None:
            return await self._all(unit, asker, rows, terms)
        unique = {**_shared(asker, terms), "unique": terms.unique}
        return [await queued(unit, _ENQUEUE, {**row, **unique}) for row in rows]

    async def chain(
        self, unit: Unit, asker: Asker, links: Sequence[tuple[Job, Ask]], terms: Terms
    ) -> list[UUID]:
        """Enqueue jobs of which each waits until the one before is done."""
        if not links:
            raise InvalidInput("a chain needs at least one job")
        rows = [_row(job, ask, terms.checked(job)) for job, ask in links]
        for before, after in pairwise(rows):
            before["then"] = after["id"]
        return await self._all(unit, asker, rows, terms)

    async def group(
        self,
        unit: Unit,
        asker: Asker,
        members: Sequence[tuple[Job, Ask]],
        then: tuple[Job, Ask] | None,
        terms: Terms,
    ) -> list[UUID]:
        """Enqueue jobs side by side, and one that waits until all of them are done."""
        if not members:
            raise InvalidInput("a group needs at least one job")
        rows = [_row(job, ask, terms.checked(job)) for job, ask in members]
        if then is not None:
            last = _row(*then, terms)
            rows = [{**row, "then": last["id"]} for row in rows] + [last]
        return await self._all(unit, asker, rows, terms)

    async def _all(
        self, unit: Unit, asker: Asker, rows: list[dict[str, Any]], terms: Terms
    ) -> list[UUID]:
        if len(rows) > MOST_LINKED:
            raise InvalidInput(f"at most {MOST_LINKED:,} jobs can be put at once")
        if rows:
            await queued(unit, _ENQUEUE_ALL, {**_shared(asker, terms), "rows": rows})
        return [UUID(row["id"]) for row in rows]


def _row(job: Job, ask: Ask, terms: Terms) -> dict[str, Any]:
    return {
        "id": str(uuid7()),
        "kind": job.name,
        "ask": checked(job.name, ask).value,
        "priority": PRIORITIES[terms.priority or job.priority],
        "max_tries": job.tries,
    }


def _shared(asker: Asker, terms: Terms) -> dict[str, Any]:
    return {
        "due": None if terms.at is None else terms.at.isoformat(),
        "not_after": None if terms.deadline is None else terms.deadline.isoformat(),
        "trace": trace_id(asker.trace),
        "locale": asker.locale,
        "timezone": asker.timezone,
    }


class DeskHere:
    """Where a plugin cancels its own jobs."""

    async def cancel(self, unit: Unit, job_id: UUID, *, plugin: str | None = None) -> None:
        """See `maru.jobs.desk`."""
        state = (await unit.db.execute(_CANCEL, {"id": job_id})).scalar_one()
        if state is None:
            raise JobNotFound
        if state in ("done", "cancelled"):
            raise JobOver(state=state)
        if state == "running":
            WORK.get().nudges.add("signal")
