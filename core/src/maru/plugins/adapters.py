"""The small faces of core's parts, scoped to one plugin and one tenant."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from pydantic import BaseModel

from maru.cache import Slot
from maru_sdk import Model, SystemFault, User
from maru_sdk.declarations import duration

if TYPE_CHECKING:
    from maru.plugins.context import Call
    from maru_sdk.declarations import Job

M = TypeVar("M", bound=BaseModel)

_TAKEN = frozenset({"level", "logger", "message", "service", "timestamp", "exception"})


class ScopedJobs:
    """Puts this plugin's jobs into the queue."""

    def __init__(self, call: "Call", names: str) -> None:
        self._call, self._names = call, names

    async def enqueue(
        self,
        job: "Job",
        ask: Model | None = None,
        *,
        at: datetime | None = None,
        unique: str | None = None,
    ) -> UUID:
        """See `maru_sdk` Jobs."""
        call = self._call
        if call.services.host.find("jobs", job.name) is None:
            raise SystemFault(f"{job.name} is not in jobs of its plugin")
        if job.name.partition(".")[0] != self._names:
            raise SystemFault(f"{job.name} is another plugin's job; publish an event instead")
        return await call.services.queue.enqueue(
            call.unit,
            call.tenant.id,
            job,
            None if ask is None else ask.model_dump_json(),
            actor=call.actor,
            at=at,
            unique=unique,
            trace=call.trace,
            locale=call.locale,
            timezone=call.timezone,
        )


class ScopedCache:
    """What this plugin keeps for this tenant."""

    def __init__(self, call: "Call", key: str) -> None:
        self._call, self._key = call, key

    async def get_or(
        self,
        key: str,
        ttl: str,
        make: Callable[[], Awaitable[M]],
        model: type[M],
        *,
        tags: Sequence[str] = (),
    ) -> M:
        """See `maru_sdk` Cache."""

        async def made() -> bytes:
            return (await make()).model_dump_json().encode()

        slot = Slot(self._call.tenant.id, self._key, f"own:{key}")
        span: timedelta = duration(ttl)
        kept = await self._call.services.cache.get_or(slot, span, made, tags, shared=True)
        return model.model_validate_json(kept)

    async def drop(self, *tags: str) -> None:
        """See `maru_sdk` Cache."""
        await self._call.services.cache.drop(self._call.unit, self._call.tenant.id, tags)


class ScopedPeople:
    """This tenant's people."""

    def __init__(self, call: "Call") -> None:
        self._call = call

    async def get(self, person: UUID) -> User | None:
        """See `maru_sdk` People."""
        return await self._call.services.people.user(self._call.tenant.id, person)

    async def names(self, people: Sequence[UUID]) -> Mapping[UUID, str]:
        """See `maru_sdk` People."""
        return await self._call.services.people.names(self._call.tenant.id, people)

    async def some(self, count: int) -> Sequence[User]:
        """See `maru_sdk` People. Sees people who were added in this unit of work."""
        return await self._call.services.people.some(self._call.unit, count)


class ScopedLog:
    """A log line of this plugin says tenant, user and trace by itself."""

    def __init__(self, call: "Call", key: str) -> None:
        self._log = logging.getLogger(f"maru.plugin.{key}")
        self._known = {
            "plugin": key,
            "tenant": call.tenant.slug,
            "user": None if call.actor is None else str(call.actor),
            "trace_id": call.trace,
        }

    def debug(self, message: str, **fields: Any) -> None:
        """See `maru_sdk` Log."""
        self._write(logging.DEBUG, message, fields)

    def info(self, message: str, **fields: Any) -> None:
        """See `maru_sdk` Log."""
        self._write(logging.INFO, message, fields)

    def warning(self, message: str, **fields: Any) -> None:
        """See `maru_sdk` Log."""
        self._write(logging.WARNING, message, fields)

    def error(self, message: str, **fields: Any) -> None:
        """See `maru_sdk` Log."""
        self._write(logging.ERROR, message, fields)

    def _write(self, level: int, message: str, fields: dict[str, Any]) -> None:
        own = {f"{name}_" if name in _TAKEN else name: value for name, value in fields.items()}
        self._log.log(level, message, extra={"fields": {**own, **self._known}})
