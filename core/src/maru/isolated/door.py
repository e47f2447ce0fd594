"""The other way round: what an isolated process wishes for from whoever has asked it something."""

import asyncio
from collections.abc import Mapping
from itertools import count
from typing import Any

from maru.plugins.isolated import wire
from maru.plugins.isolated.refusals import raised_exactly
from maru_sdk import SystemFault


class Door:
    """One connection's; open while a call is under way."""

    def __init__(self, writer: asyncio.StreamWriter, key: str) -> None:
        self._writer, self._key = writer, key
        self._numbers = count()
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._places = asyncio.Semaphore(wire.WISHES)

    async def wish(self, name: str, what: Mapping[str, Any]) -> dict[str, Any]:
        """What comes of it; raises what a trusted plugin would meet."""
        async with self._places:
            number = next(self._numbers)
            message = wire.packed({"wish": name, "number": number, "what": what})
            if len(message) > wire.ANSWER:
                raise SystemFault(
                    f"{len(message):,} bytes are too many: an isolated plugin hands over at most"
                    f" {wire.ANSWER:,}"
                )
            granted: asyncio.Future[dict[str, Any]] = asyncio.Future()
            self._waiting[number] = granted
            try:
                self._writer.write(message)
                await self._writer.drain()
                answer = await granted
            finally:
                del self._waiting[number]
        if "error" in answer:
            raise raised_exactly(self._key, answer["error"])
        return answer

    def heard(self, message: Mapping[str, Any]) -> None:
        """Something was granted; perhaps to a call that is over."""
        waiting = self._waiting.get(message["granted"])
        if waiting is not None and not waiting.done():
            waiting.set_result(dict(message))
