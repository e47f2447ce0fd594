"""A page's socket: what it is told, what it may ask, and what ends it."""

import asyncio
import time
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx2 import AsyncClient
from tests.contract.world import eventually
from tests.core.push.world import Page, World, until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.push.client import ROOMS
from maru.push.hub import PER_PERSON
from maru_sdk.db import uuid7

SOON = 5.0


async def post_of(world: World) -> tuple[str, UUID]:
    """A post's id and its board's."""
    async with world.ours.client(world.ours.admin) as client:
        board = (await client.post("/api/v1/board/boards", json={"name": "자유"})).json()
        body = {"board_id": board["data"]["id"], "title": "제목", "content": "본문"}
        made = await client.post("/api/v1/board/posts", json=body)
        return made.json()["data"]["id"], UUID(board["data"]["id"])


def error_of(frame: dict[str, Any]) -> str:
    assert frame["event"] == "error", frame
    return str(frame["data"]["code"])


class TestRooms:
    async def test_everybody_in_a_room_hears_what_was_committed(self, world: World) -> None:
        first, second = await world.page(world.ours.admin), await world.page(world.ours.member)
        for page in (first, second):
            assert (await page.enter("tenant"))["event"] == "subscribed"
        await world.send("tenant", "news", text="안녕")
        assert await first.hears("news") == await second.hears("news") == [{"text": "안녕"}]
        assert first.events("news")[0]["id"] == second.events("news")[0]["id"]

    async def test_what_is_rolled_back_is_never_heard(self, world: World) -> None:
        page = await world.page()
        await page.enter("portal")
        services, tenant = world.kit.house.services, world.ours.tenant.id
        async with services.database.unit(Scope(tenant)) as unit:
            await services.live.send(unit, tenant, "portal", "lost", {})
        await world.send("portal", "kept")
        await page.hears("kept")
        assert page.events("lost") == []

    async def test_a_person_has_a_room_of_their_own(self, world: World) -> None:
        mine, other = await world.page(world.ours.member), await world.page(world.ours.manager)
        for page in (mine, other):
            await page.enter("me")
            await page.enter("tenant")
        await world.send(f"me:{world.ours.member.id}", "mail")
        await world.send("tenant", "after")
        await other.hears("after")
        await mine.hears("after")
        assert [one["room"] for one in mine.events("mail")] == ["me"]
        assert other.events("mail") == []

    async def test_another_tenant_hears_nothing(self, world: World) -> None:
        ours, theirs = await world.page(), await world.page(company=world.theirs)
        for page in (ours, theirs):
            await page.enter("tenant")
        await world.send("tenant", "ours")
        await world.send("tenant", "theirs", world.theirs)
        await ours.hears("ours")
        await theirs.hears("theirs")
        assert theirs.events("ours") == ours.events("theirs") == []

    async def test_who_leaves_a_room_hears_no_more_of_it(self, world: World) -> None:
        page = await world.page()
        await page.enter("tenant")
        await page.enter("portal")
        await page.say(op="unsubscribe", room="tenant")
        await page.say(op="ping")
        await page.hears("pong")
        await world.send("tenant", "unheard")
        await world.send("portal", "heard")
        await page.hears("heard")
        assert page.events("unheard") == []

    @pytest.mark.parametrize(
        "room",
        [
            "nothing",
            "board",
            "board.post",
            "board.post:",
            "board.post:1",
            "board.none:1",
            "none.post:1",
            "me:0192f3c1-0000-7000-8000-000000000000",
            "tenant:0192f3c1-0000-7000-8000-000000000000",
            "job:17",
            "job:0192f3c1-0000-7000-8000-000000000000",
            "..:..",
            "한글.방:1",
        ],
    )
    async def test_rooms_that_are_none(self, world: World, room: str) -> None:
        page = await world.page(world.ours.member)
        assert error_of(await page.enter(room)) in ("ROOM_NOT_FOUND", "BAD_REQUEST")
        assert (await page.enter("tenant"))["event"] == "subscribed"


class TestChannels:
    async def test_web_says_who_may_enter(self, world: World) -> None:
        post_id, _ = await post_of(world)
        room = f"board.post:{post_id}"
        ours = await world.page(world.ours.member)
        theirs = await world.page(company=world.theirs)
        assert (await ours.enter(room))["event"] == "subscribed"
        assert error_of(await theirs.enter(room)) == "BOARD_POST_NOT_FOUND"
        missing = f"board.post:{uuid7()}"
        assert error_of(await ours.enter(missing)) == "BOARD_POST_NOT_FOUND"

    async def test_a_comment_reaches_the_open_post(self, world: World) -> None:
        post_id, _ = await post_of(world)
        page = await world.page(world.ours.member)
        await page.enter(f"board.post:{post_id}")
        async with world.ours.client(world.ours.manager) as client:
            where = f"/api/v1/board/posts/{post_id}/comments"
            made = await client.post(where, json={"content": "네"})
        comment = made.json()["data"]["id"]
        heard = await page.hears("commented")
        assert heard == [{"comment_id": comment, "author_id": str(world.ours.manager.id)}]

    async def test_pages_speak_where_the_channel_hears_them(self, world: World) -> None:
        post_id, _ = await post_of(world)
        room = f"board.post:{post_id}"
        here, there = await world.page(world.ours.member), await world.page(world.ours.manager)
        for page in (here, there):
            await page.enter(room)
        await here.say(op="message", room=room, data={})
        assert await there.hears("typing")
        assert await here.hears("answer") == [None]
        await here.say(op="message", room=room, data={"unknown": 1})
        assert "VALIDATION_FAILED" in {one["code"] for one in await here.hears("error")}
        await here.say(op="message", room="tenant", data={})
        await here.hears("error", 2)
        await here.say(op="message", room=f"board.post:{uuid7()}", data={})
        codes = [one["code"] for one in await here.hears("error", 3)]
        assert codes[1:] == ["NOT_IN_ROOM", "NOT_IN_ROOM"]

    async def test_the_rooms_of_a_plugin_that_is_switched_off_close(self, world: World) -> None:
        post_id, _ = await post_of(world)
        room = f"board.post:{post_id}"
        page = await world.page()
        await page.enter(room)
        await page.enter("tenant")
        await world.ours.disable("board")
        try:
            assert [one["code"] for one in await page.hears("error", within=SOON)] == [
                "ROOM_CLOSED"
            ]
            assert error_of(await page.enter(room)) == "ROOM_NOT_FOUND"
            assert page.closed is None
        finally:
            await world.ours.enable("board")

        async def again() -> bool:
            return bool((await page.enter(room))["event"] == "subscribed")

        ends = time.monotonic() + SOON
        while not await again():
            assert time.monotonic() < ends

    async def test_a_room_closes_when_the_right_to_it_is_gone(self, world: World) -> None:
        post_id, _ = await post_of(world)
        room = f"board.post:{post_id}"
        page = await world.page(world.theirs.member, company=world.theirs)
        async with world.theirs.client(world.theirs.admin) as client:
            board = (await client.post("/api/v1/board/boards", json={"name": "자유"})).json()
            body = {"board_id": board["data"]["id"], "title": "제목", "content": "본문"}
            post_id = (await client.post("/api/v1/board/posts", json=body)).json()["data"]["id"]
        room = f"board.post:{post_id}"
        assert (await page.enter(room))["event"] == "subscribed"
        roles, tenant = world.kit.house.rights.roles, world.theirs.tenant.id
        async with committing(world.kit.house.database.unit(Scope(tenant))) as unit:
            await roles.revoke(unit, "member", "person", world.theirs.member.id)
        assert [one["code"] for one in await page.hears("error")] == ["ROOM_CLOSED"]


class TestEndings:
    async def test_the_end_of_a_session_closes_its_sockets(self, world: World) -> None:
        async with world.ours.client() as client:
            body = {"username": "member", "password": "correct horse battery staple"}
            tokens = (await client.post("/api/v1/auth/login", json=body)).json()["data"]
            page = await world.page(token=tokens["access_token"])
            other = await world.page(world.ours.member)
            began = time.monotonic()
            await client.post(
                "/api/v1/auth/logout", json={"refresh_token": tokens["refresh_token"]}
            )
        assert (await page.ends())[0] == 4401
        assert time.monotonic() - began < 2 * SOON  # two seconds on a machine of its own
        assert other.closed is None

    async def test_a_person_who_may_no_longer_sign_in(self, world: World) -> None:
        page = await world.page(world.ours.manager)
        house, tenant = world.kit.house, world.ours.tenant.id
        await _set_state(world, world.ours.manager.id, "inactive")
        async with committing(house.database.unit(Scope(tenant))) as unit:
            await house.people.changed(unit, world.ours.manager.id)
        try:
            assert (await page.ends())[0] == 4401
        finally:
            await _set_state(world, world.ours.manager.id, "active")
            async with committing(house.database.unit(Scope(tenant))) as unit:
                await house.people.changed(unit, world.ours.manager.id)

    async def test_a_tenant_that_is_suspended(self, world: World) -> None:
        company = await world.kit.company()
        page = await world.page(company=company)
        stays = await world.page()
        await _tenant_state(world, company.tenant.id, "suspended")
        assert (await page.ends())[0] == 4403
        assert stays.closed is None


async def _set_state(world: World, person: UUID, state: str) -> None:
    unit = world.kit.house.database.unit(Scope(world.ours.tenant.id))
    async with committing(unit):
        statement = sa.text("UPDATE maru.person SET state = :state WHERE id = :id")
        await unit.db.execute(statement, {"state": state, "id": person})


async def _tenant_state(world: World, tenant: UUID, state: str) -> None:
    async with committing(world.kit.system.unit(Scope(None))) as unit:
        statement = sa.text("UPDATE maru.tenant SET state = :state WHERE id = :id")
        await unit.db.execute(statement, {"state": state, "id": tenant})
        await world.kit.house.signals.send(unit, "tenant", str(tenant), tenant)


class TestHandshake:
    async def refused(self, world: World, status: int, **given: Any) -> None:
        with pytest.raises(InvalidStatus) as refusal:
            await world.connect(**given)
        assert refusal.value.response.status_code == status

    async def test_nobody(self, world: World) -> None:
        await self.refused(world, 401, headers={"origin": _origin(world)})

    async def test_a_token_of_another_tenant(self, world: World) -> None:
        token = await world.token(world.theirs.admin, world.theirs)
        await self.refused(world, 403, token=token)

    async def test_no_token_at_all(self, world: World) -> None:
        for token in ("x", "eyJhbGciOiJub25lIn0.e30.", "a.b.c"):
            await self.refused(world, 401, token=token)

    async def test_a_token_of_a_session_that_has_ended(self, world: World) -> None:
        async with world.ours.client() as client:
            body = {"username": "member", "password": "correct horse battery staple"}
            tokens = (await client.post("/api/v1/auth/login", json=body)).json()["data"]
            refresh = {"refresh_token": tokens["refresh_token"]}
            await client.post("/api/v1/auth/logout", json=refresh)
        ends = time.monotonic() + SOON

        async def as_long_as_it_is_taken() -> None:
            while time.monotonic() < ends:
                await (await world.connect(token=tokens["access_token"])).close()

        with pytest.raises(InvalidStatus) as refusal:
            await as_long_as_it_is_taken()
        assert refusal.value.response.status_code == 401

    async def test_a_foreign_page(self, world: World) -> None:
        cookie = await _cookie(world)
        own = _origin(world)
        await self.refused(world, 403, headers={"cookie": cookie})
        for origin in ("null", "https://evil.example", f"{own}.evil.example"):
            await self.refused(world, 403, headers={"cookie": cookie, "origin": origin})
        sibling = {"origin": own, "sec-fetch-site": "same-site"}
        await self.refused(world, 403, headers={"cookie": cookie, **sibling})
        token = await world.token(world.ours.admin)
        foreign = {"origin": "https://evil.example"}
        await self.refused(world, 403, token=token, headers=foreign)

    async def test_the_browsers_cookie(self, world: World) -> None:
        headers = {"cookie": await _cookie(world), "origin": _origin(world)}
        for more in ({}, {"sec-fetch-site": "same-origin"}):
            page = Page(await world.connect(headers=headers | more)).listen()
            assert (await page.enter("me"))["event"] == "subscribed"
            await page.close()

    async def test_a_host_that_is_nobodys(self, world: World) -> None:
        token = await world.token(world.ours.admin)
        await self.refused(world, 400, token=token, headers={"x-maru-tenant": "none/../x"})


def _origin(world: World) -> str:
    return f"http://{world.ours.tenant.slug}.localhost:{world.push_port}"


async def _cookie(world: World) -> str:
    house, company = world.kit.house, world.ours
    password = "correct horse battery staple"
    opened = await house.sessions.login_browser(company.tenant.id, "admin", password)
    return f"__Host-maru-{world.settings.instance}={opened.cookie}"


class TestBadInput:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "BAD_REQUEST"),
            ("[]", "BAD_REQUEST"),
            ("{", "BAD_REQUEST"),
            ("[" * 5000, "BAD_REQUEST"),
            ("{}", "UNKNOWN_OP"),
            ('{"op": "drop"}', "UNKNOWN_OP"),
            ('{"op": ["subscribe"]}', "UNKNOWN_OP"),
            ('{"op": "subscribe"}', "BAD_REQUEST"),
            ('{"op": "subscribe", "room": ""}', "BAD_REQUEST"),
            ('{"op": "subscribe", "room": {"a": 1}}', "BAD_REQUEST"),
            ('{"op": "subscribe", "room": "' + "x" * 201 + '"}', "BAD_REQUEST"),
        ],
    )
    async def test_frames_that_are_none(self, world: World, text: str, code: str) -> None:
        page = await world.page()
        await page.socket.send(text)
        assert [one["code"] for one in await page.hears("error")] == [code]
        assert (await page.enter("tenant"))["event"] == "subscribed"

    async def test_ten_megabytes(self, world: World) -> None:
        page, other = await world.page(), await world.page(world.ours.member)
        with suppress(ConnectionClosed):
            await page.socket.send("x" * 10_000_000)
        assert (await page.ends())[0] == 1009
        assert (await other.enter("tenant"))["event"] == "subscribed"

    async def test_ten_megabytes_in_fragments(self, world: World) -> None:
        page = await world.page()

        async def fragments() -> Any:
            for _ in range(200):
                yield "x" * 50_000

        with suppress(ConnectionClosed):
            await page.socket.send(fragments())
        assert (await page.ends())[0] == 1009

    async def test_a_flood_of_empty_fragments(self, world: World) -> None:
        page = await world.page()

        async def fragments() -> Any:
            for _ in range(5_000):
                yield ""

        with suppress(ConnectionClosed):
            await page.socket.send(fragments())
        assert (await page.ends())[0] == 1008

    async def test_what_is_no_utf_8(self, world: World) -> None:
        page = await world.page()
        protocol = page.socket.protocol
        protocol.writes.append(Frame(Opcode.TEXT, b"\xff\xfe\xfd").serialize(mask=True))
        page.socket.send_data()
        assert (await page.ends())[0] == 1007

    async def test_binary(self, world: World) -> None:
        page = await world.page()
        await page.socket.send(b"\x00\x01")
        assert (await page.ends())[0] == 1003

    async def test_a_thousand_rooms(self, world: World) -> None:
        """At the pace that a page may ask; an admin may follow any job."""
        page = await world.page()
        for number in range(1, ROOMS + 6):
            await page.say(op="subscribe", room=f"job:{uuid7()}")
            await until(lambda n=number: len(page.heard) >= n)  # type: ignore[misc]
            await asyncio.sleep(0.02)
        assert len(page.events("subscribed")) == ROOMS == 200
        assert {one["code"] for one in page.data("error")} == {"TOO_MANY_ROOMS"}
        assert page.closed is None

    async def test_a_thousand_messages_a_second(self, world: World) -> None:
        page, other = await world.page(), await world.page(world.ours.member)
        with suppress(ConnectionClosed):
            for _ in range(1_000):
                await page.say(op="ping")
        assert (await page.ends())[0] == 4429
        assert len(page.events("pong")) < 300
        assert (await other.enter("tenant"))["event"] == "subscribed"

    async def test_more_connections_than_a_person_needs(self, world: World) -> None:
        company = await world.kit.company()
        token = await world.token(company.admin, company)
        ends = time.monotonic() + SOON
        pages: list[Page] = []
        while len(pages) <= PER_PERSON and time.monotonic() < ends + PER_PERSON:
            pages.append(await world.page(company=company, token=token))
        assert (await pages[-1].ends())[0] == 4429
        assert pages[0].closed is None
        await asyncio.gather(*(page.close() for page in pages))


class TestOperation:
    async def test_its_health_and_figures(self, world: World) -> None:
        page = await world.page()
        await page.enter("tenant")
        async with AsyncClient(base_url=f"http://127.0.0.1:{world.push_port}") as client:
            for path in ("/health/live", "/health/ready", "/health"):
                answer = await client.get(path)
                assert answer.json()["status"] == "healthy", answer.text
            assert (await client.get("/")).status_code == 404
            figures = (await client.get("/metrics")).text
        shown = [line for line in figures.splitlines() if line.startswith("maru_ws_connections{")]
        assert float(shown[0].rpartition(" ")[2]) >= 1
        assert 'maru_ws_messages_total{direction="in"' in figures

    async def test_it_says_which_switches_it_obeys(self, world: World) -> None:
        arrivals, gate = world.kit.house.services.arrivals, world.kit.house.gate

        async def arrived() -> bool:
            told = {one.service: one.generation for one in await arrivals.all()}
            return told.get("push") == gate.generation

        await eventually(arrived, within=20)
        await world.ours.disable("board")
        await eventually(arrived, within=20)
        await world.ours.enable("board")

    async def test_web_answers_push_alone(self, world: World) -> None:
        async with AsyncClient(base_url=f"http://127.0.0.1:{world.web_port}") as client:
            for headers in ({}, {"x-maru-relay": "0" * 64}):
                answer = await client.post("/realtime/ask", json={"op": "enter"}, headers=headers)
                assert answer.status_code == 404


async def test_who_left_is_counted_no_more(world: World) -> None:
    async with AsyncClient(base_url=f"http://127.0.0.1:{world.push_port}") as client:

        async def fewer_than(number: float) -> bool:
            return await _open(client) < number

        page = await world.page()
        before = await _open(client)
        await page.close()
        await eventually(lambda: fewer_than(before), within=SOON)


async def _open(client: AsyncClient) -> float:
    figures = (await client.get("/metrics")).text.splitlines()
    shown = [line for line in figures if line.startswith("maru_ws_connections{")]
    return float(shown[0].rpartition(" ")[2])
