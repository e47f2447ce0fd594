"""Who else is in a room, over all push processes, also when one of them is killed.

Each process leaves its people in Redis under its own name and holds a lease on that name. Whoever
notices that a lease ran out takes that process's people away. Redis may forget all of it: each
process knows its own people and writes them again.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Protocol
from uuid import UUID

import orjson

from maru.push.frames import Frame, told
from maru.push.memory import Spot
from maru.push.visitor import Visitor
from maru.redis import Link
from maru.signals import Loop

HERE: Final = "maru:here"
BEAT: Final = 1.0
LEASE: Final = 3.0
WRITTEN: Final = 30
EXPIRES: Final = 120

Seen = tuple[str, bool]

_BEAT: Final = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local fresh = redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
return {fresh, redis.call('ZRANGE', KEYS[1], 0, -1)}
"""


class Present(Protocol):
    """A connection as presence knows it."""

    visitor: Visitor
    idle: bool
    rooms: dict[str, bool]


@dataclass(slots=True)
class Company:
    """Who is in one room: connections of this process, and people of the others."""

    here: dict[Present, None] = field(default_factory=dict)
    elsewhere: dict[UUID, Seen] = field(default_factory=dict)
    told: dict[UUID, Seen] = field(default_factory=dict)

    def own(self) -> dict[UUID, Seen]:
        """The people of this process; one is idle whose every page is."""
        people: dict[UUID, Seen] = {}
        for one in self.here:
            visitor = one.visitor
            before = people.get(visitor.person_id)
            idle = one.idle and (before is None or before[1])
            people[visitor.person_id] = (visitor.name, idle)
        return people

    def all(self) -> dict[UUID, Seen]:
        """Everybody."""
        people = self.own()
        for person, (name, idle) in self.elsewhere.items():
            before = people.get(person)
            people[person] = (name, idle and (before is None or before[1]))
        return people


class Presence:
    """The rooms of this process whose people see each other."""

    def __init__(self, link: Link, instance: str, tell: Callable[[Spot, Frame], None]) -> None:
        self.process = secrets.token_hex(8)
        self._link = link
        self._tell = tell
        self._prefix = f"maru:{instance}"
        self._rooms: dict[Spot, Company] = {}
        self._living: frozenset[str] = frozenset()
        self._changed: set[Spot] = set()
        self._to_sweep: set[Spot] = set()
        self._beats = 0
        self._next = 0.0
        self._loop = Loop("presence", self._step, BEAT)
        link.on_return(self._wake_all)

    async def start(self) -> None:
        """Take a lease and hold it."""
        await self._beat()
        self._loop.start()

    async def stop(self) -> None:
        """Give the lease back, so that the others needn't wait for its end."""
        await self._loop.stop()
        for company in self._rooms.values():
            company.here.clear()
        await self._link.attempt(self._withdraw, None)

    @property
    def processes(self) -> int:
        """How many push processes live, this one among them."""
        return len(self._living | {self.process})

    def enter(self, spot: Spot, one: Present) -> None:
        """Somebody came."""
        company = self._rooms.setdefault(spot, Company())
        company.here[one] = None
        self._to_sweep.add(spot)
        self._moved(spot, company)

    def leave(self, spot: Spot, one: Present) -> None:
        """Somebody went."""
        company = self._rooms.get(spot)
        if company is not None and company.here.pop(one, self) is None:
            self._moved(spot, company)

    def turn(self, one: Present, *, idle: bool) -> None:
        """Somebody has turned away from a page, or to it again."""
        if one.idle == idle:
            return
        one.idle = idle
        for spot, company in self._rooms.items():
            if one in company.here:
                self._moved(spot, company)

    def here(self, spot: Spot) -> list[dict[str, str]]:
        """Everybody in a room, by name."""
        company = self._rooms.get(spot)
        people = {} if company is None else company.all()
        found = [_said(person, *seen) for person, seen in people.items()]
        return sorted(found, key=lambda one: (one["name"], one["id"]))

    def nudged(self, spot: Spot) -> None:
        """Another process's people have changed."""
        if spot in self._rooms:
            self._to_sweep.add(spot)
            self._loop.wake()

    def sweep_all(self) -> None:
        """Nudges may have been lost."""
        self._to_sweep |= self._rooms.keys()
        self._loop.wake()

    def _wake_all(self) -> None:
        self._changed |= self._rooms.keys()
        self.sweep_all()

    def _moved(self, spot: Spot, company: Company) -> None:
        self._changed.add(spot)
        self._say(spot, company)
        self._loop.wake()

    def _say(self, spot: Spot, company: Company) -> None:
        """Tell the room what is different from what it was told."""
        now, before = company.all(), company.told
        company.told = now
        for person, seen in now.items():
            if before.get(person) != seen:
                self._tell(spot, told(spot[1], "presence", _said(person, *seen)))
        for person in before.keys() - now.keys():
            gone = {"id": str(person), "name": before[person][0], "state": "left"}
            self._tell(spot, told(spot[1], "presence", gone))

    async def _step(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._next:
            self._next = now + BEAT
            await self._beat()
        changed, self._changed = self._changed, set()
        await self._write(changed)
        sweep, self._to_sweep = self._to_sweep, set()
        for spot in sweep:
            await self._sweep(spot)
        for spot in changed - self._changed:
            if (company := self._rooms.get(spot)) is not None and not company.here:
                del self._rooms[spot]

    async def _beat(self) -> None:
        found = await self._link.attempt(self._hold, None)
        if found is None:
            return
        fresh, living = found
        self._beats += 1
        if fresh or self._beats % WRITTEN == 0:
            self._changed |= self._rooms.keys()
        if living != self._living:
            self._living = living
            self._to_sweep |= self._rooms.keys()

    async def _hold(self, redis: Any) -> tuple[bool, frozenset[str]]:
        answer = await redis.eval(_BEAT, 1, f"{self._prefix}:pushes", self.process, LEASE)
        return bool(answer[0]), frozenset(one.decode() for one in answer[1])

    async def _write(self, spots: Iterable[Spot]) -> None:
        """What Redis didn't take is written again: else who has left would be seen for minutes."""
        for spot in spots:
            own = self._rooms.get(spot, Company()).own()
            if not await self._link.attempt(self._writing(spot, own), False):
                self._changed.add(spot)

    def _writing(self, spot: Spot, own: Mapping[UUID, Seen]) -> Callable[[Any], Awaitable[bool]]:
        """Leave all of this process's people of a room under one field, then nudge."""

        async def write(redis: Any) -> bool:
            name = self._name(spot)
            if own:
                people = {str(person): seen for person, seen in own.items()}
                await redis.hset(name, self.process, orjson.dumps([time.time(), people]))
                await redis.expire(name, EXPIRES)
            else:
                await redis.hdel(name, self.process)
            message = orjson.dumps([self.process, str(spot[0]), spot[1]])
            await redis.publish(HERE, message)
            return True

        return write

    async def _sweep(self, spot: Spot) -> None:
        found = await self._link.attempt(partial(self._look, spot), None)
        company = self._rooms.get(spot)
        if found is None or company is None:
            return
        elsewhere: dict[UUID, Seen] = {}
        for process, people in found.items():
            if process in self._living and process != self.process:
                for person, (name, idle) in people.items():
                    before = elsewhere.get(UUID(person))
                    elsewhere[UUID(person)] = (name, idle and (before is None or before[1]))
        company.elsewhere = elsewhere
        self._say(spot, company)

    async def _look(self, spot: Spot, redis: Any) -> dict[str, dict[str, Seen]]:
        """The people of each process; what a dead one left long ago is thrown away."""
        found = await redis.hgetall(self._name(spot))
        said = {process.decode(): orjson.loads(raw) for process, raw in found.items()}
        oldest = time.time() - EXPIRES
        old = [process for process, (at, _) in said.items() if at < oldest]
        if old:
            await redis.hdel(self._name(spot), *old)
        return {process: people for process, (at, people) in said.items() if at >= oldest}

    async def _withdraw(self, redis: Any) -> None:
        for spot in self._rooms:
            await self._writing(spot, {})(redis)
        await redis.zrem(f"{self._prefix}:pushes", self.process)

    def _name(self, spot: Spot) -> str:
        return f"{self._prefix}:here:{{{spot[0]}:{spot[1]}}}"


def _said(person: UUID, name: str, idle: bool) -> dict[str, str]:
    return {"id": str(person), "name": name, "state": "idle" if idle else "here"}
