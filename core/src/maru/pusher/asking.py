"""Asks web what only plugins know: who may enter a room, and what is answered to a message.

Bounded in number and time; where web doesn't answer, push stops asking for a moment and refuses.
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Final

import httpx2
import orjson

from maru.push.trust import ASK, HEADER, Trust
from maru.push.visitor import Entry, Refused, Visitor

AT_ONCE: Final = 32
WAITING: Final = 4_000
PATIENCE: Final = 3.0
FAILURES: Final = 5
REST: Final = 1.0
_AWAY: Final = ("UNAVAILABLE", "This can't be answered at the moment")


class Asking:
    """The doorkeeper of a push process."""

    def __init__(self, url: str, trust: Trust) -> None:
        headers = {
            HEADER.decode(): trust.word,
            "host": "localhost",
            "content-type": "application/json",
        }
        limits = httpx2.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        self._client = httpx2.AsyncClient(
            base_url=url, headers=headers, timeout=PATIENCE, limits=limits, trust_env=False
        )
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._failures = 0
        self._rests_until = 0.0

    async def close(self) -> None:
        """Close the connections to web."""
        await self._client.aclose()

    async def enter(self, visitor: Visitor, room: str) -> Entry:
        """See `Doorkeeper`."""
        answer = await self._ask(visitor, "enter", room, None)
        return Entry(presence=bool(answer.get("presence")))

    async def say(self, visitor: Visitor, room: str, data: object) -> bytes:
        """See `Doorkeeper`."""
        answer = await self._ask(visitor, "say", room, data)
        return orjson.dumps(answer.get("answer"))

    async def _ask(self, visitor: Visitor, op: str, room: str, data: object) -> Mapping[str, Any]:
        if time.monotonic() < self._rests_until or self._waiting >= WAITING:
            raise Refused(*_AWAY)
        asked = {
            "op": op,
            "tenant": visitor.tenant_id,
            "person": visitor.person_id,
            "locale": visitor.locale,
            "room": room,
            "data": data,
        }
        self._waiting += 1
        try:
            async with self._turn:
                return await self._post(orjson.dumps(asked))
        finally:
            self._waiting -= 1

    async def _post(self, body: bytes) -> Mapping[str, Any]:
        try:
            answer = await self._client.post(ASK, content=body)
            said = orjson.loads(answer.content)
        except (httpx2.HTTPError, orjson.JSONDecodeError):
            self._failed()
            raise Refused(*_AWAY) from None
        if answer.status_code == 200:
            self._failures = 0
            return dict(said)
        if answer.status_code >= 500:
            self._failed()
        error = said.get("error") or {}
        raise Refused(error.get("code", _AWAY[0]), error.get("message", _AWAY[1]))

    def _failed(self) -> None:
        self._failures += 1
        if self._failures >= FAILURES:
            self._failures = 0
            self._rests_until = time.monotonic() + REST
