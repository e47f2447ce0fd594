"""What guards a request, and what that costs: the line in the audit trail on a request that writes,
the limits on one that reads what is kept.

The same requests in this process, with and without, in turns. What counts is what a tenth of each
stay below, since disk and machine are others' too.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import quantiles
from typing import Any

import orjson

from bench.ground import PASSWORD, Ground
from bench.tables import Found, Table
from maru.api.edge import Edge
from maru.app import serving
from maru.house import House, open_house
from maru.observability.log import Journal

HEADS = ("request", "without, µs", "with, µs", "costs")
TURNS = 20
Ask = Callable[[int], Any]


async def guards(ground: Ground, seconds: float) -> Found:
    """The table of what each guard costs."""
    journal = Journal("bench", "ERROR")
    async with open_house(ground.settings) as house, serving(house, journal) as edge:
        caller = await _Caller.signed_in(edge, ground)
        written = await _compared(caller.writes, lambda: _unaudited(house), seconds)
        read = await _compared(caller.reads, lambda: _unlimited(edge), seconds)
    rows = [_row("writing, with its audit line", written), _row("kept list, with limits", read)]
    figures = {"audit": written, "limits": read}
    return Found([Table("", HEADS, rows)], figures)


def _row(title: str, took: dict[str, float]) -> tuple[str, ...]:
    bare, guarded = took["without"], took["with"]
    return title, f"{bare:.1f}", f"{guarded:.1f}", f"{(guarded / bare - 1) * 100:+.1f} %"


async def _compared(ask: Ask, without: Callable[[], Any], seconds: float) -> dict[str, float]:
    """Microseconds that a tenth stay below; in turns, so that what else happens falls on both."""
    took: dict[str, list[float]] = {"without": [], "with": []}
    number, until = 0, time.perf_counter() + seconds * 2
    while time.perf_counter() < until or number < 10 * TURNS:
        with without():
            for _ in range(TURNS):
                number += 1
                took["without"].append(await _timed(ask, number))
        for _ in range(TURNS):
            number += 1
            took["with"].append(await _timed(ask, number))
    return {name: quantiles(each, n=10)[0] * 1e6 for name, each in took.items()}


async def _timed(ask: Ask, number: int) -> float:
    began = time.perf_counter()
    await ask(number)
    return time.perf_counter() - began


@contextmanager
def _unaudited(house: House) -> Iterator[None]:
    trail: Any = house.services.audit

    async def nothing(*_: Any, **__: Any) -> None: ...

    trail.write = nothing
    try:
        yield
    finally:
        del trail.write


@contextmanager
def _unlimited(edge: Edge) -> Iterator[None]:
    parts = edge._parts
    edge._parts = replace(parts, limiting=None)
    try:
        yield
    finally:
        edge._parts = parts


class _Caller:
    """Somebody who reads a kept list and changes their own number."""

    def __init__(self, edge: Edge, host: bytes, token: str, board: str) -> None:
        self._edge, self._host, self._board = edge, host, board
        self._token = f"Bearer {token}".encode()

    @classmethod
    async def signed_in(cls, edge: Edge, ground: Ground) -> "_Caller":
        somebody = ground.people[0]
        host = f"{somebody.tenant}.{ground.settings.base_domain}".encode()
        caller = cls(edge, host, "", str(ground.boards[somebody.tenant][0]))
        caller._token = b""
        body = {"username": somebody.username, "password": PASSWORD}
        answer = await caller._ask("POST", "/api/v1/auth/login", body)
        caller._token = f"Bearer {orjson.loads(answer)['data']['access_token']}".encode()
        return caller

    async def reads(self, number: int) -> None:
        """A list that is kept."""
        await self._ask("GET", f"/api/v1/board/boards/{self._board}/posts")

    async def writes(self, number: int) -> None:
        """A change that the trail tells of."""
        await self._ask("PUT", "/api/v1/users/me", {"phone": f"02-{number}"})

    async def _ask(self, method: str, path: str, body: object = None) -> bytes:
        content = b"" if body is None else orjson.dumps(body)
        headers = [(b"host", self._host), (b"content-type", b"application/json")]
        headers.append((b"content-length", str(len(content)).encode()))
        if self._token:
            headers.append((b"authorization", self._token))
        scope = {"type": "http", "method": method, "path": path, "query_string": b""}
        scope |= {"headers": headers, "client": ("127.0.0.1", 1), "scheme": "http"}
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._edge(scope, receive, send)
        if sent[0]["status"] != 200:
            raise RuntimeError(f"{method} {path} was answered {sent[0]['status']}: {sent[1:]}")
        return bytes(sent[1]["body"])
