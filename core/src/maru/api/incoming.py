"""A request's body as it arrives, for the few routes of core's that don't want it whole."""

import asyncio
from collections.abc import AsyncIterator

from maru.api.body import READ_SECONDS
from maru.api.errors import BodyTooSlow, ClientLeft
from maru.api.exchange import Exchange


class Incoming:
    """What a handler gets that has a parameter of this type: its request's time isn't limited, so
    it must open no transaction while it reads."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.method = exchange.method

    def head(self, name: str) -> str | None:
        """A header, by its name in small letters."""
        value = self._exchange.heads.get(name.encode())
        return None if value is None else value.decode("latin-1")

    async def pieces(self, seconds: float = READ_SECONDS) -> AsyncIterator[bytes]:
        """The body, piece by piece. Raises ClientLeft where it breaks off, BodyTooSlow where
        nothing comes for so long."""
        more = True
        while more:
            try:
                async with asyncio.timeout(seconds):
                    message = await self._exchange.receive()
            except TimeoutError:
                raise BodyTooSlow from None
            if message["type"] == "http.disconnect":
                raise ClientLeft
            if piece := message.get("body", b""):
                yield piece
            more = message.get("more_body", False)
