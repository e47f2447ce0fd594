"""Redis is a short cut: without it messages come by the poll, and after it everything is back."""

import time

from tests.core.push.test_presence import room_of, states
from tests.core.push.world import World, until

from maru.embedded import EmbeddedRedis


async def test_away_and_back(world: World) -> None:
    folder = world.folder / "live"
    folder.mkdir()
    live = EmbeddedRedis(folder)
    with live:
        port, _ = await world.another_with(redis_live_url=live.url)
        other, _ = await world.another_with(redis_live_url=live.url)
        room = await room_of(world)
        page = await world.page(port=port)
        await page.enter("tenant")
        await page.enter(room)
        friend = await world.page(world.ours.member, port=other)
        await friend.enter(room)
        await until(lambda: states(page, world.ours.member.name) == ["here"])
    began = time.monotonic()
    await world.send("tenant", "without")
    await page.hears("without", within=10)
    assert time.monotonic() - began < 5, "one second on a machine of its own"
    assert states(page, world.ours.member.name) == ["here"], "nobody knows, so nobody has left"
    with live:
        await world.send("tenant", "with")
        await page.hears("with")
        third = await world.page(world.ours.manager, port=other)
        await third.enter(room)
        await until(lambda: states(page, world.ours.manager.name) == ["here"])
        await friend.close()
        await until(lambda: states(page, world.ours.member.name)[-1] == "left")
