"""One question to an isolated process, and what that process wishes for until it answers."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final, Self

from maru.plugins.isolated import wire
from maru.plugins.isolated.refusals import RunLost, told_exactly
from maru_sdk import MaruError, SystemFault

log = logging.getLogger(__name__)

FREE: Final = 100
PAUSE: Final = 0.02
"""Seconds that each wish of a call waits once it has had `FREE`: none keeps our loop busy."""

Grant = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]
"""Does what is wished for, in the name of the call at hand, and answers what comes of it."""


async def nothing(wish: dict[str, Any]) -> dict[str, Any]:
    """Grants nothing."""
    raise SystemFault(f"nothing can be wished for here: {wish.get('wish')!r:.50}")


class Conversation:
    """The asking side. What is still wished for when the answer comes, or nobody waits for it any
    more, is given up."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, grant: Grant
    ) -> None:
        self._reader, self._writer, self._grant = reader, writer, grant
        self._wishes: set[asyncio.Task[None]] = set()
        self._count = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._wishes:
            task.cancel()
        await asyncio.gather(*self._wishes, return_exceptions=True)

    async def answer(self) -> dict[str, Any]:
        """The answer."""
        while True:
            message = await wire.read(self._reader, wire.ANSWER)
            if "wish" not in message:
                return message
            if len(self._wishes) >= wire.WISHES:
                await asyncio.wait(self._wishes, return_when=asyncio.FIRST_COMPLETED)
            task = asyncio.ensure_future(self._see_to(message))
            self._wishes.add(task)
            task.add_done_callback(self._wishes.discard)

    async def _see_to(self, wish: dict[str, Any]) -> None:
        self._count += 1
        if self._count > FREE:
            await asyncio.sleep(PAUSE)
        try:
            granted = await self._grant(wish)
        except Exception as error:  # the wall of a wish: whoever wished for it hears of it
            if not isinstance(error, MaruError | RunLost):
                log.error("the wish %.50r failed", wish.get("wish"), exc_info=error)
            granted = {"error": told_exactly(error)}
        with suppress(ConnectionError):
            self._writer.write(wire.packed({**granted, "granted": wish.get("number")}))
            await self._writer.drain()
