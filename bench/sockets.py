"""Sockets: what one costs in memory, and one message to all of them, beside python-socketio.

Both servers hold their sockets at the same time and send in turns. Ours verifies a token, a person
and a tenant for each socket, and its message comes over Redis; the peer does nothing of that.
"""

import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from http.client import HTTPConnection
from statistics import median
from typing import Any, Self
from uuid import UUID

import asyncpg
import click
import orjson
import redis

from bench.ground import Ground, prepared
from bench.process import HOST, Broken, Process
from bench.report import machine
from bench.tables import Found, Table, number
from maru.crypto.keys import Keys
from maru.embedded.engine import free_port
from maru.identity.tokens import Caller, TokenKind
from maru.push.log import NOW
from maru_sdk.db import uuid7

TENANT = "hanbit"
TEXT = "x" * 100
ROOM = "tenant"
CLIENTS = 2
SENT_AT_ONCE = 10
SPARE = 500
_PEOPLE = """
SELECT p.tenant_id, p.id FROM maru.person p JOIN maru.tenant t ON t.id = p.tenant_id
 WHERE t.slug = $1 AND p.state = 'active' ORDER BY p.id"""


class Crowd:
    """The clients of one server, in processes of their own."""

    def __init__(self, asked: dict[str, Any], count: int) -> None:
        self.count = count
        self._children = [
            subprocess.Popen(
                [sys.executable, "-m", "bench.crowd"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(CLIENTS)
        ]
        self._parts = [count // CLIENTS] * CLIENTS
        for child, part in zip(self._children, self._parts, strict=True):
            self._tell(child, json.dumps({**asked, "count": part}))
        for child in self._children:
            if self._hear(child) != "ready":
                raise Broken("the crowd could not open its sockets")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children:
            child.kill()
            child.communicate()

    def bytes(self) -> int:
        """How many bytes have come so far."""
        return sum(int(said[1]) for said in self._ask("count"))

    def awaited(self, more: int, act: Callable[[], object]) -> float:
        """Seconds from the act until every client has got this many bytes more."""
        had = [int(said[1]) for said in self._ask("count")]
        share = more // CLIENTS
        for child, before in zip(self._children, had, strict=True):
            self._tell(child, f"wait {before + share}")
        began = time.monotonic()
        act()
        said = [self._hear(child).split() for child in self._children]
        if any(int(one[2]) for one in said):
            raise Broken("sockets were closed")
        if any(int(one[1]) < b + share for one, b in zip(said, had, strict=True)):
            raise Broken("messages didn't come")
        return max(float(one[0]) for one in said) - began

    def _ask(self, line: str) -> list[list[str]]:
        for child in self._children:
            self._tell(child, line)
        return [self._hear(child).split() for child in self._children]

    def _tell(self, child: "subprocess.Popen[str]", line: str) -> None:
        assert child.stdin is not None
        child.stdin.write(line + "\n")
        child.stdin.flush()

    def _hear(self, child: "subprocess.Popen[str]") -> str:
        assert child.stdout is not None
        return child.stdout.readline().strip()


class Contender:
    """A server with its crowd, and the way to make it send."""

    def __init__(
        self, name: str, server: Process, asked: dict[str, Any], send: Callable[[int], object]
    ) -> None:
        self.name, self.server, self.send = name, server, send
        self._asked = {"port": server.port, **asked}
        self.rates: list[float] = []
        self.costs: list[float] = []
        self.lasts: list[float] = []
        self.memory = self.size = 0.0

    def fill(self, stack: ExitStack, count: int) -> None:
        """Open all sockets; what they cost in memory."""
        time.sleep(1)
        before = self.server.memory()
        self.crowd = stack.enter_context(Crowd(self._asked, count))
        time.sleep(2)
        self.memory = (self.server.memory() - before) * 1024 / count
        had = self.crowd.bytes()
        self.send(1)
        time.sleep(3)
        self.size = round((self.crowd.bytes() - had) / count)

    def play(self) -> None:
        """One message to all, then several at once."""
        whole = int(self.size) * self.crowd.count
        self.lasts.append(self.crowd.awaited(whole, lambda: self.send(1)))
        used = self.server.cpu()
        took = self.crowd.awaited(whole * SENT_AT_ONCE, lambda: self.send(SENT_AT_ONCE))
        number = SENT_AT_ONCE * self.crowd.count
        self.rates.append(number / took)
        self.costs.append((self.server.cpu() - used) / number * 1e6)

    def figures(self) -> dict[str, float]:
        """What was found."""
        return {
            f"{self.name}: memory, KiB a socket": self.memory,
            f"{self.name}: messages/s": median(self.rates),
            f"{self.name}: CPU µs a message": median(self.costs),
            f"{self.name}: one message to all, last byte, ms": median(self.lasts) * 1000,
            f"{self.name}: bytes a message": self.size,
        }


def sockets(ground: Ground, count: int, rounds: int) -> Found:
    """Every round visits both servers."""
    with ExitStack() as stack:
        ours, theirs = _maru(ground, stack), _peer(ground, stack)
        for one in (ours, theirs):
            one.fill(stack, count)
            print(f"{one.name} holds {count:,} sockets", file=sys.stderr, flush=True)
        for _ in range(rounds):
            ours.play()
            theirs.play()
        return _found(ours, theirs, count)


def _found(ours: Contender, theirs: Contender, count: int) -> Found:
    rates = median(a / b for a, b in zip(ours.rates, theirs.rates, strict=True))
    costs = _times_better(ours.costs, theirs.costs)
    lasts = median(b / a for a, b in zip(ours.lasts, theirs.lasts, strict=True))
    two = (ours, theirs)
    kib = [f"{number(one.memory)}" for one in two]
    sent = [f"{number(median(one.rates))} ({number(min(one.rates))})" for one in two]
    spent = [f"{number(median(one.costs))} ({number(max(one.costs))})" for one in two]
    last = [f"{number(median(one.lasts) * 1e3)} ({number(max(one.lasts) * 1e3)})" for one in two]
    less = theirs.memory / ours.memory if ours.memory else 0.0
    rows = [
        ("memory, KiB a socket", *kib, f"{less:.1f}", "≤ 25"),
        ("messages/s", *sent, f"{rates:.1f}", "≥ 10"),
        ("CPU µs a message", *spent, f"{costs:.1f}", ""),
        ("one message to all, last byte, ms", *last, f"{lasts:.1f}", ""),
    ]
    heads = (f"{count:,} sockets, median (worst)", ours.name, theirs.name, "times better", "goal")
    figures = {"sockets": count, **ours.figures(), **theirs.figures(), "messages, times": rates}
    return Found([Table("", heads, rows)], figures)


def _times_better(ours: list[float], theirs: list[float]) -> float:
    """Of processor time, which the system counts in hundredths of a second: few messages cost 0."""
    found = [b / a for a, b in zip(ours, theirs, strict=True) if a]
    return median(found) if found else 0.0


def _maru(ground: Ground, stack: ExitStack) -> Contender:
    port = free_port()
    given = {**ground.environment, "MARU_PUSH_PORT": str(port)}
    log = ground.folder / "push.log"
    server = stack.enter_context(Process("push", ["-m", "maru", "push"], log, given, port))
    tenant, people = asyncio.run(_people(ground))
    client = redis.Redis.from_url(ground.settings.redis_live_url)
    stack.callback(client.close)
    head = orjson.dumps([str(tenant), ROOM, "news"])
    message = head + b"\n" + orjson.dumps({"text": TEXT})

    def send(times: int) -> None:
        for _ in range(times):
            client.publish(NOW, message)

    asked = {
        "host": f"{TENANT}.localhost",
        "path": "/api/v1/realtime",
        "tokens": _tokens(ground, tenant, people),
        "says": [json.dumps({"op": "subscribe", "room": ROOM})],
        "expects": ["\r\n\r\n", '"subscribed"'],
    }
    return Contender("maru push", server, asked, send)


def _peer(ground: Ground, stack: ExitStack) -> Contender:
    port = free_port()
    words = ["-m", "uvicorn", "bench.peers.rooms:app", "--port", str(port), "--no-access-log"]
    words += ["--loop", "uvloop", "--http", "httptools", "--ws", "websockets-sansio"]
    words += ["--ws-per-message-deflate", "false", "--log-level", "warning"]
    log = ground.folder / "rooms.log"
    server = stack.enter_context(Process("rooms", words, log, {}, port))

    def send(times: int) -> None:
        line = HTTPConnection(HOST, port, timeout=120)
        line.request("GET", f"/emit?rounds={times}")
        line.getresponse().read()
        line.close()

    asked = {
        "host": "localhost",
        "path": "/socket.io/?EIO=4&transport=websocket",
        "tokens": [],
        "says": ["40"],
        "expects": ['"sid"', '40{"sid"'],
    }
    return Contender("python-socketio", server, asked, send)


async def _people(ground: Ground) -> tuple[UUID, list[UUID]]:
    connection = await asyncpg.connect(ground.database_url)
    try:
        rows = await connection.fetch(_PEOPLE, TENANT)
    finally:
        await connection.close()
    return rows[0]["tenant_id"], [row["id"] for row in rows]


def _tokens(ground: Ground, tenant: UUID, people: list[UUID]) -> list[str]:
    """Access tokens as a sign-in gives them; signing 10,000 people in is another benchmark."""
    kind = TokenKind(Keys(ground.settings.secret_key.encode()), "at+jwt", time.time)
    ends = time.time() + 900
    return [kind.issue(Caller(tenant, one, uuid7(), ends)) for one in people]


def as_many_as_allowed(wanted: int) -> int:
    """Each socket is a file of its server, which needs some more."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(wanted, hard - SPARE)


@click.command()
@click.option("--count", type=click.IntRange(10), default=10_000, show_default=True)
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True)
def command(count: int, rounds: int) -> None:
    """Measure sockets alone."""
    asyncio.run(_alone(count, rounds))


async def _alone(count: int, rounds: int) -> None:
    async with prepared() as ground:
        figures = await asyncio.to_thread(sockets, ground, as_many_as_allowed(count), rounds)
    print(figures.markdown() + "\n")
    print(" · ".join(f"{key}: {value}" for key, value in machine().items()))


if __name__ == "__main__":
    command()
