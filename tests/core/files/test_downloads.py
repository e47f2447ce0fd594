"""Files on their way out: whole, in parts, and never run by a browser."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn
from tests.core.files.conftest import Sender

from maru.api.errors import ClientLeft
from maru.api.exchange import Answer, Exchange
from maru.api.sending import send_stream
from maru.cli.listening import bound
from maru.cli.protocol import Protocol
from maru.testing import TestCompany as Company
from maru.testing import TestKit as Kit

TEXT = bytes(range(48, 58)) * 10


@pytest.fixture
async def url(sender: Sender) -> str:
    return await sender.sent("십진수.txt", TEXT)


async def test_a_file_is_saved_under_its_name(sender: Sender, url: str) -> None:
    answer = await sender.client.get(url)
    assert (answer.status_code, answer.content) == (200, TEXT)
    named = answer.headers["content-disposition"]
    assert named == f"attachment; filename=\"___.txt\"; filename*=UTF-8''{quote('십진수.txt')}"
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'; sandbox" in answer.headers.get_list("content-security-policy")
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_what_could_be_a_page_is_saved_too(sender: Sender) -> None:
    script = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    answer = await sender.client.get(await sender.sent("그림.svg", script))
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["content-disposition"].startswith("attachment;")


async def test_what_is_known_is_not_sent_again(sender: Sender, url: str) -> None:
    etag = (await sender.client.get(url)).headers["etag"]
    again = await sender.client.get(url, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


async def test_parts(sender: Sender, url: str) -> None:
    one = await sender.client.get(url, headers={"Range": "bytes=5-14"})
    assert (one.status_code, one.content) == (206, TEXT[5:15])
    assert one.headers["content-range"] == "bytes 5-14/100"
    last = await sender.client.get(url, headers={"Range": "bytes=-3"})
    assert last.content == b"789"
    none = await sender.client.get(url, headers={"Range": "bytes=100-"})
    assert (none.status_code, none.json()["error"]["code"]) == (416, "RANGE_NOT_SATISFIABLE")
    assert none.headers["content-range"] == "bytes */100"
    head = await sender.client.head(url)
    assert (head.headers["content-length"], head.content) == ("100", b"")


async def test_many_parts_in_one_answer(sender: Sender, url: str) -> None:
    answer = await sender.client.get(url, headers={"Range": "bytes=0-4,90-94"})
    kind, _, mark = answer.headers["content-type"].partition("; boundary=")
    assert (answer.status_code, kind) == (206, "multipart/byteranges")
    assert len(answer.content) == int(answer.headers["content-length"])
    parts = answer.content.split(b"--" + mark.encode())
    assert [part.partition(b"\r\n\r\n")[2].rstrip(b"\r\n") for part in parts[1:3]] == [
        b"01234",
        b"01234",
    ]
    assert b"Content-Range: bytes 90-94/100" in parts[2]
    many = ",".join(f"{n}-{n}" for n in range(10_000))
    flood = await sender.client.get(url, headers={"Range": f"bytes={many}"})
    assert flood.status_code == 416


async def test_parts_of_another_version_are_the_whole(sender: Sender, url: str) -> None:
    headers = {"Range": "bytes=0-4", "If-Range": '"another"'}
    answer = await sender.client.get(url, headers=headers)
    assert (answer.status_code, answer.content) == (200, TEXT)


async def test_the_owning_plugin_says_who_reads(
    sender: Sender, url: str, company: Company, kit: Kit
) -> None:
    async with company.client(company.member) as member:
        assert (await member.get(url)).status_code == 200
        assert (await member.delete(url)).status_code == 403
    async with company.client() as nobody:
        assert (await nobody.get(url)).status_code == 401
    other = await kit.company("kinds")
    async with other.client(other.admin) as stranger:
        assert (await stranger.get(url)).status_code == 404
    await company.disable("kinds")
    assert (await sender.client.get(url)).status_code == 404


async def test_a_signed_link_needs_nobody_and_is_over_one_day(
    sender: Sender, url: str, company: Company, kit: Kit
) -> None:
    link = (await sender.client.post(f"{url}/link")).json()["data"]
    async with company.client() as nobody:
        answer: Any = await nobody.get(link["url"])
        assert (answer.status_code, answer.content) == (200, TEXT)
        assert answer.headers["content-disposition"].startswith("attachment;")
        forged = await nobody.get(link["url"][:-2] + "xx")
        assert (forged.status_code, forged.json()["error"]["code"]) == (404, "FILE_LINK_OVER")
    other = await kit.company("kinds")
    async with other.client() as elsewhere:
        assert (await elsewhere.get(link["url"])).status_code == 404


async def test_nothing_is_read_for_a_client_that_has_left() -> None:
    read, ended, heard = 0, False, asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read, ended
        try:
            while True:
                read += 1
                if read == 3:
                    heard.set()
                yield b"part"
                await asyncio.sleep(0)
        finally:
            ended = True

    async def receive() -> dict[str, Any]:
        await heard.wait()
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        await asyncio.sleep(0)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    async with asyncio.timeout(30):
        with pytest.raises(ClientLeft):
            await send_stream(Exchange(scope, receive), Answer(200), endless(), send)
    assert ended


@asynccontextmanager
async def listening(kit: Kit) -> AsyncIterator[int]:
    """The house behind a real server; its port."""
    listener = bound("127.0.0.1", 0)
    listener.listen()
    options: dict[str, Any] = {"lifespan": "off", "log_config": None, "access_log": False}
    server = uvicorn.Server(uvicorn.Config(kit.edge, http=Protocol, **options))
    serving = asyncio.create_task(server._serve([listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await serving


async def test_a_socket_that_breaks_stops_the_reading(
    sender: Sender, kit: Kit, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    size, store = 60 << 20, kit.house.store
    url = await sender.sent("큰 파일.bin", bytes(size))
    read, passed, ended = store.read, 0, asyncio.Event()

    async def counted(key: str, first: int, end: int) -> AsyncIterator[bytes]:
        nonlocal passed
        try:
            async for piece in read(key, first, end):
                passed += len(piece)
                yield piece
        finally:
            ended.set()

    monkeypatch.setattr(store, "read", counted)
    async with listening(kit) as port, asyncio.timeout(60):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            f"GET {url} HTTP/1.1\r\nHost: {company.tenant.slug}.localhost\r\n"
            f"Authorization: {sender.client.headers['authorization']}\r\n\r\n".encode()
        )
        assert await reader.readuntil(b"\r\n") == b"HTTP/1.1 200 OK\r\n"
        await reader.readexactly(100_000)
        writer.transport.abort()
        await ended.wait()
    assert 100_000 <= passed <= 24 << 20, "what two sockets hold, and not the file"


async def test_a_server_that_repeats_itself_does_not_keep_the_loop() -> None:
    asked = 0

    async def receive() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b"", "more_body": asked < 5}

    async def some() -> AsyncIterator[bytes]:
        for _ in range(50):
            await asyncio.sleep(0)
            yield b"part"

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
    async with asyncio.timeout(30):
        await send_stream(Exchange(scope, receive), Answer(200), some(), send)
    assert (len(sent), asked) == (52, 6)
