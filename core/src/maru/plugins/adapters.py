"""The small faces of core's parts, scoped to one plugin and one tenant."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from maru.observability.log import FIELDS
from maru_sdk import Model, SystemFault, User
from maru_sdk.declarations import SearchSource, duration, key_of
from maru_sdk.directory import Department
from maru_sdk.tally import Batch

if TYPE_CHECKING:
    from maru.plugins.context import Call

_TAKEN = frozenset({*FIELDS, "logger", "exception"})


class ScopedRooms:
    """What this plugin tells this tenant's open pages."""

    def __init__(self, call: "Call", names: str) -> None:
        self._call, self._names = call, names

    async def send(self, room: str, event: str, data: Model) -> None:
        """See `maru_sdk.live` Rooms."""
        call, (room, event) = self._call, self._own(room, event)
        live = call.services.live
        await live.send(call.unit, call.tenant.id, room, event, data.model_dump_json())

    async def send_now(self, room: str, event: str, data: Model) -> None:
        """See `maru_sdk.live` Rooms."""
        call, (room, event) = self._call, self._own(room, event)
        await call.services.live.send_now(call.tenant.id, room, event, data.model_dump_json())

    def _own(self, room: str, event: str) -> tuple[str, str]:
        """Room and event, once it is sure that this plugin may send there."""
        if room == "tenant" or room.startswith("me:"):
            return room, f"{self._names}.{event}"
        name, colon, rest = room.partition(":")
        found = self._call.services.host.find("channels", name)
        if name.partition(".")[0] != self._names or found is None or not colon:
            raise SystemFault(f"{room} is no room of a channel of {self._names}")
        if found[1].read(rest) is None:
            raise SystemFault(f"{room} doesn't fit its channel")
        return room, event


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

    async def departments(self) -> Sequence[Department]:
        """See `maru_sdk` People."""
        found = await self._call.services.people.departments(self._call.tenant.id)
        return [Department(id=one.id, name=one.name, parent_id=one.parent_id) for one in found]

    async def some(self, count: int) -> Sequence[User]:
        """See `maru_sdk` People. Sees people who were added in this unit of work."""
        return await self._call.services.people.some(self._call.unit, count)


class ScopedSearch:
    """What search can find of this plugin's in this tenant."""

    def __init__(self, call: "Call", key: str, names: str) -> None:
        self._call, self._key, self._names = call, key, names

    async def index(self, source: SearchSource, ids: Sequence[UUID]) -> None:
        """See `maru_sdk.search` SearchIndex."""
        await self._call.services.search.index(self._call, self._key, self._own(source), ids)

    async def leave(self, source: SearchSource, resource: str) -> None:
        """See `maru_sdk.search` SearchIndex."""
        await self._call.services.search.leave(self._call, self._own(source), resource)

    def _own(self, source: SearchSource) -> SearchSource:
        if key_of(source.function.__module__) != self._names:
            raise SystemFault(f"{source.name} is another plugin's source")
        return source


class ScopedTally:
    """What this plugin counts in this tenant."""

    def __init__(self, call: "Call", names: str) -> None:
        self._call, self._names = call, names
        if call.services.tallies is None:
            raise SystemFault("nothing is counted in a process apart")
        self._tallies = call.services.tallies

    async def add(self, name: str, key: UUID, *, once: str = "", within: str = "1h") -> int:
        """See `maru_sdk.tally` Tally."""
        tenant, span = self._call.tenant.id, duration(within)
        return await self._tallies.add(tenant, self._own(name), key, once, span)

    async def take(self, name: str) -> Batch | None:
        """See `maru_sdk.tally` Tally."""
        tenant, own = self._call.tenant.id, self._own(name)
        found = await self._tallies.take(tenant, own)
        if found is None:
            return None
        batch, counts = found
        self._call.unit.on_commit(partial(self._tallies.settle, tenant, own, batch))
        return Batch(id=batch, counts=counts)

    def _own(self, name: str) -> str:
        return f"{self._names}.{name}"


class ScopedLog:
    """A log line of this plugin says tenant, user and trace by itself."""

    def __init__(self, call: "Call", key: str) -> None:
        self._log = logging.getLogger(f"maru.plugin.{key}")
        self._known = {
            "plugin": key,
            "tenant": call.tenant.slug,
            "user_id": None if call.actor is None else str(call.actor),
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
