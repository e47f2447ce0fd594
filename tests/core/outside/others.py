"""Other machines, as far as one machine can be them: real servers on loopback, and name servers of
a test's own. The guard refuses loopback, so a test that wants an answer opens it by range."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from uuid import UUID

from maru.outside import Ask, Outside
from maru.outside.addresses import Address, Opened
from maru_sdk.db import uuid7

LOOPBACK = Opened.of(["127.0.0.0/8"])
TENANT = uuid7()

Says = Callable[["Asked", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """One request as a server got it."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Machine:
    """A server that keeps what it was asked and says what it is told to say."""

    says: Says
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while asked := await _request(reader):
                self.asked.append(asked)
                await self.says(asked, writer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    pairs = (line.split(": ", 1) for line in head[1:] if line)
    headers = {name.lower(): value for name, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(head[0], headers, body)


def answer(status: int = 200, body: bytes = b"ok", **headers: str) -> bytes:
    """A whole answer; `_` in a header's name stands for `-`."""
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *lines])
    return f"{head}\r\n\r\n".encode() + body


def says(*answers: bytes) -> Says:
    """These answers in turn, the last one from then on."""
    left = list(answers)

    async def say(_: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])

    return say


@asynccontextmanager
async def machine(*answers: bytes, saying: Says | None = None) -> AsyncIterator[Machine]:
    """A running server on loopback."""
    made = Machine(saying or says(*(answers or (answer(),))))
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


@asynccontextmanager
async def elsewhere(*answers: bytes) -> AsyncIterator[int]:
    """The port of a server on 127.0.0.9, a machine of the world to whoever opens that address."""
    server = await asyncio.start_server(Machine(says(*answers)).serve, "127.0.0.9", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def secure(shown: ssl.SSLContext, *answers: bytes) -> AsyncIterator[int]:
    """The port of a server on loopback that shows a certificate."""
    made = Machine(says(*answers))
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=shown)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


class NameServer:
    """Names that resolve as told: several answers are given one after the other."""

    def __init__(self, **names: Sequence[str]) -> None:
        self._names = {name.replace("_", "."): list(found) for name, found in names.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        found = self._names.get(host)
        if not found:
            raise OSError(f"no such name {host}")
        said = found.pop(0) if len(found) > 1 else found[0]
        return [ip_address(one) for one in said.split()]


@asynccontextmanager
async def way_out(opened: Opened | None = None, **given: object) -> AsyncIterator[Outside]:
    """A way out of its own."""
    outside = Outside(opened, **given)  # type: ignore[arg-type]
    try:
        yield outside
    finally:
        await outside.close()


def ask(url: str, *, tenant_id: UUID = TENANT, seconds: float = 20, **given: object) -> Ask:
    """A GET, unless told otherwise."""
    values: dict[str, object] = {
        "tenant_id": tenant_id,
        "plugin": "kinds",
        "method": "GET",
        "url": url,
        "seconds": seconds,
        "limit": 1_000_000,
    }
    return Ask(**{**values, **given})  # type: ignore[arg-type]
