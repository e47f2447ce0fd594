"""A client that doesn't read is dropped at a bound, and nobody else feels it."""

import asyncio
import socket
from contextlib import suppress

from tests.core.push.world import Page, World, until

MANY = 600


async def test_who_does_not_read_is_dropped_while_another_gets_everything(world: World) -> None:
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", world.push_port))
    token = await world.token(world.ours.member)
    slow = Page(await world.connect(token=token, sock=raw, max_queue=1, ping_interval=None))
    await slow.socket.send('{"op": "subscribe", "room": "portal"}')
    reader = await world.page(world.ours.admin)
    await reader.enter("portal")
    lately = await world.page(world.ours.admin)
    await lately.enter("tenant")
    text = "가" * 10_000
    transport = slow.socket.transport
    transport.pause_reading()
    for number in range(MANY):
        await world.send("portal", "large", number=number, text=text)
    await reader.hears("large", MANY, within=120)
    assert [one["number"] for one in reader.data("large")] == list(range(MANY))
    await world.send("tenant", "small")
    await lately.hears("small")
    assert reader.closed is None
    transport.resume_reading()
    slow.listen()
    await until(lambda: slow.closed is not None)
    assert len(slow.events("large")) < MANY


async def test_a_stream_that_nobody_reads_is_broken_off(world: World) -> None:
    token, loop = await world.token(world.ours.member), asyncio.get_running_loop()
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.setblocking(False)
    with raw:
        await loop.sock_connect(raw, ("127.0.0.1", world.push_port))
        request = (
            "GET /api/v1/realtime/events?room=portal HTTP/1.1\r\n"
            f"Host: {world.ours.tenant.slug}.localhost\r\n"
            f"Authorization: Bearer {token}\r\n\r\n"
        )
        await loop.sock_sendall(raw, request.encode())
        assert b"200 OK" in await loop.sock_recv(raw, 100)
        reader = await world.page(world.ours.admin)
        await reader.enter("portal")
        text = "가" * 10_000
        for number in range(MANY):
            await world.send("portal", "large", number=number, text=text)
        await reader.hears("large", MANY, within=120)
        read = 0
        with suppress(ConnectionError):
            while part := await asyncio.wait_for(loop.sock_recv(raw, 1 << 20), 30):
                read += len(part)
        assert read < MANY * 30_000
