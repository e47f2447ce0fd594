"""Asks Redis for verdicts and stocks; says None where it is away."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from maru.limits.rates import Rate
from maru.limits.scripts import DRAW, TAKE
from maru.limits.stocks import Stock
from maru.limits.windows import Verdict
from maru.redis import Link

Drawn = tuple[int, int, float]


class Shared:
    """What all processes of an installation count together."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._take = link.client.register_script(TAKE)
        self._draw = link.client.register_script(DRAW)

    async def take(self, asked: Sequence[tuple[str, Rate]]) -> list[Verdict] | None:
        """Takes one of each where all have one; the keys are one tenant's."""
        given = [number for _, rate in asked for number in (rate.most, rate.seconds * 1_000)]

        async def work(client: Redis) -> Any:
            return await self._take(keys=[key for key, _ in asked], args=given, client=client)

        answer = await self._link.attempt(work, None)
        if answer is None:
            return None
        pairs = zip(answer[::2], answer[1::2], strict=True)
        return [Verdict(left >= 0, max(0, left), wait / 1_000) for left, wait in pairs]

    async def draw(self, asked: Sequence[tuple[Stock, int, int]]) -> list[Drawn] | None:
        """Books what was let through on credit and draws what is wanted, for one tenant's stocks:
        for each how many were granted, how many are left, and in how many seconds there are."""
        given = [
            number
            for stock, owed, wanted in asked
            for number in (stock.rate.most, stock.rate.seconds * 1_000, owed, wanted)
        ]

        async def work(client: Redis) -> Any:
            keys = [stock.key for stock, _, _ in asked]
            return await self._draw(keys=keys, args=given, client=client)

        answer = await self._link.attempt(work, None)
        if answer is None:
            return None
        threes = zip(answer[::3], answer[1::3], answer[2::3], strict=True)
        return [(granted, left, wait / 1_000) for granted, left, wait in threes]
