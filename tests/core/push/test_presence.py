"""Who else is here: over several processes, also when one of them, or a browser, is killed."""

import asyncio
import signal
import sys
import time

from tests.core.push.test_socket import post_of
from tests.core.push.world import Page, World, until

LEAVES = 5.0
SLACK = 10.0


def states(page: Page, name: str) -> list[str]:
    """How somebody's state changed, as this page heard it."""
    return [one["state"] for one in page.data("presence") if one["name"] == name]


async def room_of(world: World) -> str:
    post_id, _ = await post_of(world)
    return f"board.post:{post_id}"


class TestPresence:
    async def test_join_idle_and_leave(self, world: World) -> None:
        room = await room_of(world)
        admin, member = world.ours.admin, world.ours.member
        watching = await world.page(admin)
        done = await watching.enter(room)
        here = {"id": str(admin.id), "name": admin.name, "state": "here"}
        assert done["data"]["here"] == [here]
        first, second = await world.page(member), await world.page(member)
        await first.enter(room)
        names = [one["name"] for one in (await second.enter(room))["data"]["here"]]
        assert names == sorted([admin.name, member.name])
        await until(lambda: states(watching, member.name) == ["here"])
        await first.say(op="presence", state="idle")
        await second.say(op="presence", state="idle")
        await until(lambda: states(watching, member.name) == ["here", "idle"])
        await second.say(op="presence", state="here")
        await until(lambda: states(watching, member.name)[-1] == "here")
        await first.close()
        await second.say(op="unsubscribe", room=room)
        await until(lambda: states(watching, member.name)[-1] == "left")
        assert states(watching, member.name) == ["here", "idle", "here", "left"]

    async def test_over_two_processes_and_the_death_of_one(self, world: World) -> None:
        room = await room_of(world)
        port, child = await world.another()
        watching = await world.page(world.ours.admin)
        await watching.enter(room)
        there = await world.page(world.ours.member, port=port)
        name = world.ours.member.name
        await there.enter(room)
        await until(lambda: states(watching, name) == ["here"])
        await until(lambda: states(there, world.ours.admin.name)[-1:] == ["here"])
        child.send_signal(signal.SIGKILL)
        began = time.monotonic()
        await until(lambda: states(watching, name) == ["here", "left"])
        assert time.monotonic() - began < LEAVES + SLACK

    async def test_a_killed_browser_has_left(self, world: World) -> None:
        room = await room_of(world)
        watching = await world.page(world.ours.admin)
        await watching.enter(room)
        token, slug = await world.token(world.ours.member), world.ours.tenant.slug
        script = f"""
import asyncio, json
from websockets.asyncio.client import connect
async def main():
    url = "ws://{slug}.localhost:{world.push_port}/api/v1/realtime"
    async with connect(url, host="127.0.0.1", port={world.push_port},
                       subprotocols=["bearer", {token!r}]) as socket:
        await socket.send(json.dumps({{"op": "subscribe", "room": {room!r}}}))
        async for _ in socket:
            pass
asyncio.run(main())
"""
        browser = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
        await until(lambda: states(watching, world.ours.member.name) == ["here"])
        browser.kill()
        await browser.wait()
        began = time.monotonic()
        await until(lambda: states(watching, world.ours.member.name) == ["here", "left"])
        assert time.monotonic() - began < LEAVES + SLACK

    async def test_nobody_of_another_tenant_is_seen(self, world: World) -> None:
        room = await room_of(world)
        page = await world.page(company=world.theirs)
        assert (await page.enter(room))["event"] == "error"
