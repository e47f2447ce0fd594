"""Workers and relays in processes of their own, replaced as soon as one is killed."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from tests.core.jobs.house import Child, House

from maru.db import Scope
from maru.settings import Settings


class Crew:
    """Some processes of one role, as a supervisor would keep them."""

    def __init__(self, role: str, settings: Settings, rng: random.Random) -> None:
        self._role, self._settings, self._rng = role, settings, rng
        self._children: list[Child] = []
        self._coming: set[asyncio.Task[None]] = set()
        self.kills = 0

    async def begin(self, number: int) -> None:
        """Start so many."""
        await asyncio.gather(*(self._one(at) for at in [""] * number))

    async def _one(self, point: str) -> None:
        self._children.append(await Child(self._role, self._settings, point).start())

    async def kill_one(self, *, replaced: bool = True) -> None:
        """SIGKILL for one of them, whatever it is doing; another comes meanwhile."""
        while not self._children:
            await asyncio.wait(self._coming, return_when=asyncio.FIRST_COMPLETED)
        victim = self._children.pop(self._rng.randrange(len(self._children)))
        if replaced:
            coming = asyncio.ensure_future(self._one(""))
            self._coming.add(coming)
            coming.add_done_callback(self._coming.discard)
        await victim.end()
        self.kills += 1

    async def die_at(self, point: str) -> None:
        """One more that kills itself at this point; come back when it has."""
        child = await Child(self._role, self._settings, point).start()
        await child.died()
        self.kills += 1

    async def end(self) -> None:
        await asyncio.gather(*self._coming)
        await asyncio.gather(*(child.end() for child in self._children))


@asynccontextmanager
async def crews(
    settings: Settings, rng: random.Random, *, workers: int, relays: int
) -> AsyncIterator[tuple[Crew, Crew]]:
    """Running workers and relays, all ended afterwards."""
    first, second = Crew("worker", settings, rng), Crew("relay", settings, rng)
    try:
        await asyncio.gather(first.begin(workers), second.begin(relays))
        yield first, second
    finally:
        await asyncio.gather(first.end(), second.end())


async def insist(work: Callable[[], object], seconds: float = 60) -> None:
    """Do something that may fail while an engine is away, until it is done."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                done = work()
                if asyncio.iscoroutine(done):
                    await done
            except (SQLAlchemyError, OSError, TimeoutError):
                await asyncio.sleep(0.1)
            else:
                return


async def hand_in(house: House, scope: Scope, targets: Sequence[str], seconds: float) -> None:
    """Enqueue these however long the database is away. An answer that was lost may mean that they
    are in already, so they are looked for before they are sent once more."""

    async def once() -> None:
        if await missing(house, scope, targets[0]):
            await house.enqueue(scope, *targets, seconds=seconds)

    await insist(once)


async def missing(house: House, scope: Scope, target: str) -> bool:
    """Whether no job has this target."""
    return all(row.payload["target"] != target for row in await house.jobs(scope))


async def finished(house: House, scope: Scope) -> int:
    """How many jobs are done; 0 where nobody can say."""
    try:
        return (await house.states(scope)).get("done", 0)
    except (SQLAlchemyError, OSError, TimeoutError):
        return 0


async def spared(house: House, scope: Scope) -> bool:
    """Whether no job that isn't done has been with two workers that were killed."""
    rows = await house.jobs(scope)
    return all(row.deaths < 2 for row in rows if row.state != "done")


def tenant_of(scope: Scope) -> UUID:
    assert scope.tenant is not None
    return scope.tenant
