"""A page's socket: what it is told, what it may ask, and what ends it."""

from tests.core.push.world import World


class TestRooms:
    async def test_everybody_in_a_room_hears_what_was_committed(self, world: World) -> None:
        first, second = await world.page(world.ours.admin), await world.page(world.ours.member)
        for page in (first, second):
            assert (await page.enter("tenant"))["event"] == "subscribed"
        await world.send("tenant", "news", text="안녕")
        assert await first.hears("news") == await second.hears("news") == [{"text": "안녕"}]
