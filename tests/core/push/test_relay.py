"""Where no gateway stands in front, web passes sockets and event streams on to push."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from httpx2 import AsyncClient, Response
from tests.core.push.test_socket import post_of
from tests.core.push.world import World, free_port
from websockets.exceptions import InvalidStatus

EVENTS = "/api/v1/realtime/events"


class TestSockets:
    async def test_through_web_and_back(self, world: World) -> None:
        page = await world.page(world.ours.member, port=world.web_port)
        assert page.socket.subprotocol == "bearer"
        await page.enter("tenant")
        await world.send("tenant", "news", text="안녕")
        assert await page.hears("news") == [{"text": "안녕"}]
        post_id, _ = await post_of(world)
        assert (await page.enter(f"board.post:{post_id}"))["event"] == "subscribed"

    async def test_what_push_refuses_web_refuses(self, world: World) -> None:
        for headers, status in (
            ({}, 403),
            ({"origin": f"http://{world.ours.tenant.slug}.localhost:{world.web_port}"}, 401),
            ({"origin": "https://evil.example"}, 403),
        ):
            with pytest.raises(InvalidStatus) as refusal:
                await world.connect(port=world.web_port, headers=headers)
            assert refusal.value.response.status_code == status

    async def test_nobody_but_web_says_where_somebody_comes_from(self, world: World) -> None:
        cookie = "maru-x=1"
        told = {"x-forwarded-proto": "https", "x-maru-relay": "0", "cookie": cookie}
        with pytest.raises(InvalidStatus) as refusal:
            await world.connect(headers=told)
        assert refusal.value.response.status_code == 403

    async def test_how_it_ended_is_passed_on(self, world: World) -> None:
        page = await world.page(port=world.web_port)
        await page.socket.send(b"\x00")
        assert (await page.ends())[0] == 1003

    async def test_a_page_that_leaves_has_left(self, world: World) -> None:
        post_id, _ = await post_of(world)
        room = f"board.post:{post_id}"
        watching = await world.page(world.ours.admin)
        await watching.enter(room)
        page = await world.page(world.ours.member, port=world.web_port)
        await page.enter(room)
        await watching.hears("presence", 1)
        await page.close()
        for _ in range(500):
            if watching.data("presence")[-1]["state"] == "left":
                break
            await asyncio.sleep(0.02)
        assert watching.data("presence")[-1]["state"] == "left"

    async def test_while_push_is_away(self, world: World) -> None:
        web = world.settings.model_copy(update={"push_url": f"http://127.0.0.1:{free_port()}"})
        port = await world.another_web(web)
        token = await world.token(world.ours.admin)
        with pytest.raises(InvalidStatus) as refusal:
            await world.connect(port=port, token=token)
        assert refusal.value.response.status_code == 503
        headers = {"authorization": f"Bearer {token}", "host": _host(world)}
        async with AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            answer = await client.get(f"{EVENTS}?room=tenant", headers=headers)
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "UNAVAILABLE")
            assert (await client.get("/health/live")).status_code == 200


def _host(world: World) -> str:
    return f"{world.ours.tenant.slug}.localhost"


class Stream:
    """Server-sent events as a browser reads them."""

    def __init__(self, answer: Response) -> None:
        self._lines = answer.aiter_lines()

    async def next(self, event: str) -> tuple[str, Any]:
        """The id and the frame of the next event of this name."""
        async with asyncio.timeout(30):
            fields: dict[str, str] = {}
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if name:
                    fields[name] = value
                elif fields.get("event") == event:
                    return fields.get("id", ""), orjson.loads(fields["data"])
                else:
                    fields = {}
        raise AssertionError("the stream ended")


class TestEvents:
    @asynccontextmanager
    async def stream(self, world: World, port: int, *rooms: str, **more: str) -> AsyncIterator[Any]:
        token = await world.token(world.ours.member)
        headers = {"authorization": f"Bearer {token}", "host": _host(world), **more}
        asked = "&".join(f"room={room}" for room in rooms)
        async with (
            AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
            client.stream("GET", f"{EVENTS}?{asked}", headers=headers) as answer,
        ):
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "text/event-stream"
            yield Stream(answer)

    async def test_the_same_rooms_without_a_socket(self, world: World) -> None:
        for port in (world.push_port, world.web_port):
            async with self.stream(world, port, "tenant", "portal", "none.none:1") as stream:
                await stream.next("subscribed")
                await stream.next("subscribed")
                _, refused = await stream.next("error")
                assert refused["data"]["code"] == "ROOM_NOT_FOUND"
                await world.send("portal", "news", text="안녕")
                since, frame = await stream.next("news")
                assert (frame["room"], frame["data"]) == ("portal", {"text": "안녕"})
                assert frame["id"] == since

    async def test_a_browser_that_comes_back(self, world: World) -> None:
        async with self.stream(world, world.push_port, "tenant") as stream:
            await stream.next("subscribed")
            await world.send("tenant", "first")
            since, _ = await stream.next("first")
        witness = await world.page()
        await witness.enter("tenant")
        await world.send("tenant", "second")
        await witness.hears("second")
        more = {"last-event-id": since}
        async with self.stream(world, world.push_port, "tenant", **more) as stream:
            await stream.next("second")

    async def test_nobody(self, world: World) -> None:
        async with AsyncClient(base_url=f"http://127.0.0.1:{world.push_port}") as client:
            headers = {"host": _host(world)}
            assert (await client.get(EVENTS, headers=headers)).status_code == 401
            foreign = {**headers, "sec-fetch-site": "cross-site"}
            assert (await client.get(EVENTS, headers=foreign)).status_code == 403

    async def test_who_leaves_has_left(self, world: World) -> None:
        post_id, _ = await post_of(world)
        room = f"board.post:{post_id}"
        watching = await world.page(world.ours.admin)
        await watching.enter(room)
        async with self.stream(world, world.push_port, room) as stream:
            await stream.next("subscribed")
            await watching.hears("presence")
        ends = time.monotonic() + 30
        while watching.data("presence")[-1]["state"] != "left":
            assert time.monotonic() < ends
            await asyncio.sleep(0.02)
