"""The edge behind a real server: `maru serve` in a process of its own."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.core.api.conftest import Inhabited, Place

from maru.db.scope import Scope

HANBIT = b"Host: hanbit.maru.test\r\nConnection: close\r\n"
SLEEPING = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(%'"
    " AND pid <> pg_backend_pid()"
)


class Server:
    """One `maru serve`."""

    def __init__(self, port: int, process: Process) -> None:
        self.port, self.process = port, process

    async def ask(self, head: bytes, body: bytes = b"") -> bytes:
        """Sends raw bytes; gives everything that comes back until the server closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(head + b"\r\n" + body)
        try:
            return await asyncio.wait_for(reader.read(), 20)
        finally:
            writer.close()

    async def post(self, path: str, token: str, **note: object) -> bytes:
        body = json.dumps(note).encode()
        head = f"POST {path} HTTP/1.1\r\nAuthorization: Bearer {token}\r\n".encode() + HANBIT
        head += b"Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
        return await self.ask(head, body)

    async def serves(self) -> bool:
        assert self.process.returncode is None, "it ended before it served"
        try:
            return bool(await self.ask(b"GET /health/live HTTP/1.1\r\n" + HANBIT))
        except OSError:
            return False

    async def ended(self) -> int:
        return await asyncio.wait_for(self.process.wait(), 15)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def until(condition: Callable[[], Awaitable[object]], seconds: float = 30) -> None:
    """Waits for a condition that only asking can tell."""
    async with asyncio.timeout(seconds):
        for pause in iter(lambda: 0.03, None):
            if await condition():
                return
            await asyncio.sleep(pause)


def environment(house: Inhabited, port: int) -> Iterator[tuple[str, str]]:
    settings = house.rooms.settings
    yield "PYTHONPATH", os.pathsep.join([*house.shelf, *sys.path])
    yield "PATH", os.environ["PATH"]
    yield "MARU_PORT", str(port)
    yield "MARU_TRUSTED_PLUGINS", "*"
    for name in (
        "database_url", "redis_queue_url", "redis_cache_url", "redis_live_url", "base_domain",
        "secret_key", "data",
    ):  # fmt: skip
        yield f"MARU_{name.upper()}", str(getattr(settings, name))


@asynccontextmanager
async def serving(house: Inhabited, folder: Path) -> AsyncIterator[Server]:
    port = free_port()
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "maru", "serve"),
            env=dict(environment(house, port)),
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    server = Server(port, process)
    try:
        await until(server.serves)
        yield server
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def sleepers(place: Place) -> int:
    async with place.rooms.database.unit(Scope(place.hanbit), readonly=True) as unit:
        return int((await (await unit.session()).execute(SLEEPING)).scalar_one())


async def no_sleepers(place: Place) -> bool:
    return not await sleepers(place)


@pytest.fixture(scope="module")
async def server(
    house: Inhabited, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    async with serving(house, tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture
async def own_server(house: Inhabited, tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(house, tmp_path) as found:
        yield found


async def test_commit_sigterm_in_the_middle(place: Place, own_server: Server) -> None:
    server = own_server
    asking = asyncio.create_task(
        server.post("/api/v1/notes/sleepy", place.token("writer"), name="whole", rank=1)
    )
    await until(partial(sleepers, place))
    server.process.send_signal(signal.SIGTERM)
    assert (await asking).startswith(b"HTTP/1.1 201")
    assert await server.ended() == 0
    assert await place.names() == ["whole"]


async def test_commit_a_client_that_leaves_in_the_middle(place: Place, server: Server) -> None:
    asking = asyncio.create_task(
        server.post("/api/v1/notes/sleepy", place.token("writer"), name="whole", rank=1)
    )
    await until(partial(sleepers, place))
    asking.cancel()
    await until(partial(no_sleepers, place))
    assert await place.names() in (["whole"], [])
    assert await place.stuck() == 0


START = b"POST /api/v1/notes/open HTTP/1.1\r\n" + HANBIT


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n",
        b"GET /x HTTP/1.1\r\nHost: hanbit.maru.test\r\n obs: fold\r\nConnection: close\r\n",
        START + b"Content-Length: 1\r\nContent-Length: 2\r\n",
        START + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        START + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /%00 HTTP/1.1\r\n" + HANBIT,
        b"GET /a%5cb HTTP/1.1\r\n" + HANBIT,
        b"GET /%0d%0aSet-Cookie:x HTTP/1.1\r\n" + HANBIT,
        b"GET / HTTP/1.1\r\nConnection: close\r\n",
        b"GET http://saebom.maru.test/x HTTP/1.1\r\nHost: bad host\r\nConnection: close\r\n",
    ],
    ids=lambda raw: repr(raw[:40]),
)
async def test_what_could_be_read_in_two_ways_is_refused(server: Server, raw: bytes) -> None:
    answer = await server.ask(raw)
    assert answer.startswith(b"HTTP/1.1 400"), answer[:200]


@pytest.mark.parametrize(
    "path", [b"/%2e%2e/x", b"/static/%2e%2e/app.py", b"/api/v1/notes%2fopen/x", b"/notes;/x"]
)
async def test_encoded_paths_lead_nowhere(server: Server, path: bytes) -> None:
    answer = await server.ask(b"GET " + path + b" HTTP/1.1\r\n" + HANBIT)
    assert answer.startswith(b"HTTP/1.1 404"), answer[:200]


async def test_a_body_without_end_is_cut(server: Server, place: Place) -> None:
    token = place.token("writer").encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"POST /api/v1/notes/notes HTTP/1.1\r\nHost: hanbit.maru.test\r\n")
    writer.write(b"Authorization: Bearer " + token + b"\r\nTransfer-Encoding: chunked\r\n\r\n")
    writer.write((b"10000\r\n" + b"x" * 65_536 + b"\r\n") * 20)
    answer = await asyncio.wait_for(reader.readuntil(b"BODY_TOO_LARGE"), 15)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413")
