"""Portlets go live: what an event makes old is dropped with its commit, and browsers hear of it.

One notice among 10,000 open pages must not mean 10,000 refetches at once, so each notice names the
time over which the pages that hear it spread them.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

from maru.cache import Cache
from maru.db.unit import Unit
from maru.plugins.services import EventSink, LiveSink
from maru_sdk import Event
from maru_sdk.db import uuid7
from maru_sdk.declarations import Portlet, duration

ROOM: Final = "portal"
NOTICE: Final = "portlet"


class Switched(Protocol):
    """Which plugins a tenant has on (`maru.plugins.gate.Gate`)."""

    def on(self, tenant_id: UUID, key: str) -> bool: ...


def live_tags(portlet: Portlet) -> tuple[str, ...]:
    """What the portlet's fragments carry, so that its events drop them."""
    if portlet.live is None:
        return ()
    return tuple(event_tag(event.name) for event in portlet.live.on)


def event_tag(name: str) -> str:
    """The tag of everything that an event of this name makes old."""
    return f"event:{name}"


class LiveEvents:
    """The log of events, of which live portlets hear: they are old from the commit on.

    However many events one unit publishes, each portlet is told of once.
    """

    def __init__(
        self,
        log: EventSink,
        cache: Cache,
        gate: Switched,
        told: LiveSink,
        portlets: Iterable[tuple[str, Portlet]],
    ) -> None:
        """`portlets` are all declared ones, each with its plugin's key."""
        self._log, self._cache, self._gate, self._told = log, cache, gate, told
        self._waiting: dict[str, list[tuple[str, Portlet]]] = defaultdict(list)
        for key, portlet in portlets:
            for event in portlet.live.on if portlet.live else ():
                self._waiting[event.name].append((key, portlet))
        self._done: WeakKeyDictionary[Unit, set[str]] = WeakKeyDictionary()

    async def publish(
        self, unit: Unit, event: Event, *, tenant_id: UUID, actor: UUID | None, trace: str
    ) -> None:
        """Write the event, drop what it makes old, tell who shows it; all with the commit."""
        await self._log.publish(unit, event, tenant_id=tenant_id, actor=actor, trace=trace)
        done = self._done.setdefault(unit, set())
        if event.name not in self._waiting or event.name in done:
            return
        done.add(event.name)
        await self._cache.drop(unit, tenant_id, [event_tag(event.name)])
        await self._tell(unit, tenant_id, event.name, done)

    async def _tell(self, unit: Unit, tenant_id: UUID, name: str, done: set[str]) -> None:
        old = [
            portlet
            for key, portlet in self._waiting[name]
            if portlet.name not in done and self._gate.on(tenant_id, key)
        ]
        version = str(uuid7())
        for portlet in old:
            done.add(portlet.name)
            await self._told.send(
                unit, tenant_id, ROOM, NOTICE, _notice(portlet, version, together=len(old))
            )


def _notice(portlet: Portlet, version: str, together: int) -> dict[str, Any]:
    """`version` grows with time; `of` is how many portlets a page may have to fetch at once."""
    assert portlet.live is not None
    within = duration(portlet.live.within).total_seconds()
    return {"type": portlet.name, "version": version, "within": within, "of": together}
