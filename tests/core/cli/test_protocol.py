"""Whole answers leave in one write, and nothing that uvicorn would refuse leaves at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn

from maru.api.exchange import WHOLE, Answer, Exchange, Header
from maru.api.sending import send_answer
from maru.cli.listening import bound
from maru.cli.protocol import Protocol

LARGE = 8_000_000
ETAG = b'W/"1"'


@dataclass
class Site:
    """One server whose every answer is `answer`, and which of them left at once."""

    answer: Answer = field(default_factory=lambda: Answer(200, b'{"a":1}'))
    at_once: list[bool] = field(default_factory=list)
    port: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        whole = scope["extensions"][WHOLE]

        def noted(*given: Any) -> bool:
            self.at_once.append(whole(*given))
            return self.at_once[-1]

        scope["extensions"] = {WHOLE: noted}
        await send_answer(Exchange(scope, receive), self.answer, send)

    @asynccontextmanager
    async def line(self) -> AsyncIterator["Line"]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Line(reader, writer)
        finally:
            writer.close()


@dataclass
class Line:
    """One connection to it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def ask(self, *heads: str, method: str = "GET") -> None:
        self.writer.write("\r\n".join([f"{method} / HTTP/1.1", "Host: a", *heads, "", ""]).encode())

    async def head(self) -> tuple[bytes, dict[str, str]]:
        """The next answer's status line and headers."""
        async with asyncio.timeout(30):
            text = await self.reader.readuntil(b"\r\n\r\n")
        status, *lines = text[:-4].split(b"\r\n")
        return status, dict(line.decode("latin-1").split(": ", 1) for line in lines)

    async def whole(self) -> tuple[bytes, dict[str, str], bytes]:
        status, heads = await self.head()
        async with asyncio.timeout(30):
            body = await self.reader.readexactly(int(heads.get("content-length", 0)))
        return status, heads, body


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    found, listener = Site(), bound("127.0.0.1", 0)
    listener.listen()
    found.port = listener.getsockname()[1]
    options: dict[str, Any] = {"lifespan": "off", "log_config": None, "access_log": False}
    server = uvicorn.Server(uvicorn.Config(found, http=Protocol, **options))
    serving = asyncio.create_task(server._serve([listener]))
    try:
        yield found
    finally:
        server.should_exit = True
        await serving


def same(heads: dict[str, str]) -> dict[str, str]:
    """What doesn't differ from answer to answer."""
    return {
        name: value
        for name, value in heads.items()
        if name not in ("x-request-id", "date", "connection")
    }


async def test_one_connection_takes_one_answer_after_the_other(site: Site) -> None:
    async with site.line() as line:
        for _ in range(3):
            line.ask()
            status, heads, body = await line.whole()
            assert (status, body) == (b"HTTP/1.1 200 OK", b'{"a":1}')
            assert heads["x-content-type-options"] == "nosniff"
    assert site.at_once == [True] * 3


async def test_both_ways_say_the_same(site: Site) -> None:
    site.answer.headers = [(b"retry-after", b"1"), (b"set-cookie", b"a=b; Path=/")]
    site.answer.etag = ETAG
    async with site.line() as line, site.line() as ended:
        line.ask()
        ended.ask("Connection: close")
        at_once, uvicorns = await line.whole(), await ended.whole()
        assert await ended.reader.read() == b""
    assert site.at_once == [True, False]
    assert (at_once[0], at_once[2]) == (uvicorns[0], uvicorns[2])
    assert same(at_once[1]) == same(uvicorns[1])


async def test_answers_without_a_body(site: Site) -> None:
    site.answer.etag = ETAG
    async with site.line() as line:
        line.ask(method="HEAD")
        assert (await line.head())[1]["content-length"] == "7"
        line.ask(f"If-None-Match: {ETAG.decode()}")
        status, heads = await line.head()
        assert (status, "content-length" in heads) == (b"HTTP/1.1 304 Not Modified", False)
        line.ask()
        assert (await line.whole())[2] == b'{"a":1}'
    assert site.at_once == [True] * 3


async def test_requests_sent_ahead_are_answered_in_their_order(site: Site) -> None:
    async with site.line() as line:
        line.ask(method="HEAD")
        line.ask()
        line.ask("If-None-Match: *")
        assert (await line.head())[1]["content-length"] == "7"
        assert (await line.whole())[2] == b'{"a":1}'
        assert (await line.whole())[2] == b'{"a":1}'


async def test_who_reads_slowly_gets_all_of_it(site: Site) -> None:
    site.answer.body = b"x" * LARGE
    async with site.line() as line:
        for _ in range(3):
            line.ask()
        for _ in range(3):
            assert len((await line.whole())[2]) == LARGE
    assert site.at_once[0] is True
    assert not all(site.at_once)


@pytest.mark.parametrize(
    "header",
    [
        (b"x-a", b"1\r\nset-cookie: stolen=1"),
        (b"x-a", b"1\nset-cookie: stolen=1"),
        (b"x-a\r\nset-cookie: stolen=1\r\nx-b", b"1"),
        (b"x a", b"1"),
        (b"x-a", b"\x00"),
    ],
)
async def test_no_header_makes_another(site: Site, header: Header) -> None:
    site.answer.headers = [header]
    async with site.line() as line:
        line.ask()
        assert await line.reader.read() == b""  # uvicorn hangs up
    assert site.at_once == [False]


@pytest.mark.parametrize(
    "header", [(b"x-a", "é".encode("latin-1")), (b"x-a", b"a\tb"), (b"Connection", b"close")]
)
async def test_what_is_unusual_goes_uvicorns_way(site: Site, header: Header) -> None:
    site.answer.headers = [header]
    async with site.line() as line:
        line.ask()
        status, heads, body = await line.whole()
        assert (status, body) == (b"HTTP/1.1 200 OK", b'{"a":1}')
        assert heads[header[0].decode().lower()] == header[1].decode("latin-1")
    assert site.at_once == [False]
