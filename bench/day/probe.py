"""Jobs put into the queue while the day goes on: how long each waits for a worker."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

import asyncpg

from bench.ground import Ground
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.jobs.queue import Queue
from maru.redis import Redises
from maru.signals import Signals
from maru_board.boards.jobs import Purge, purge_board
from maru_sdk.db import uuid7

EVERY = 0.4
PATIENCE = 60.0
_TENANTS = "SELECT id FROM maru.tenant ORDER BY slug"
_LEFT = "SELECT count(*) FROM maru.job WHERE id = ANY($1) AND finished_at IS NULL"
_WAITED = """
SELECT extract(epoch FROM started_at - due_at)::float FROM maru.job
 WHERE id = ANY($1) AND started_at IS NOT NULL ORDER BY 1"""
_STATES = "SELECT state, count(*) FROM maru.job GROUP BY 1"


@dataclass
class Probe:
    """A board's purge where there is no such board: a real job with a transaction, and no work."""

    ground: Ground
    ids: list[UUID]
    _stack: AsyncExitStack
    _connection: Any = None

    @classmethod
    def of(cls, ground: Ground) -> Self:
        """One that has begun nothing."""
        return cls(ground, [], AsyncExitStack())

    async def __aenter__(self) -> Self:
        self._connection = await asyncpg.connect(self.ground.database_url)
        self._stack.push_async_callback(self._connection.close)
        url = self.ground.settings.database_url
        self._database = await self._stack.enter_async_context(
            await Database.open(url, pool_size=1)
        )
        redises = Redises(self.ground.settings)
        self._stack.push_async_callback(redises.close)
        self._queue = Queue(Signals(self._database, redises))
        self._tenants = [row["id"] for row in await self._connection.fetch(_TENANTS)]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def go_on(self) -> None:
        """Enqueue one after the other until cancelled."""
        while True:
            tenant = self._tenants[len(self.ids) % len(self._tenants)]
            async with committing(self._database.unit(Scope(tenant))) as unit:
                ask = Purge(board_id=uuid7())
                self.ids.append(await self._queue.enqueue(unit, tenant, purge_board, ask))
            await asyncio.sleep(EVERY)

    async def waited(self) -> Sequence[float]:
        """Seconds from due to begun, sorted; of all, once they are done."""
        async with asyncio.timeout(PATIENCE):
            while await self._connection.fetchval(_LEFT, self.ids):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        rows = await self._connection.fetch(_WAITED, self.ids)
        return [row[0] for row in rows]

    async def states(self) -> dict[str, int]:
        """How many jobs are in which state, all kinds together."""
        return dict(await self._connection.fetch(_STATES))
