"""Where somebody comes from, judged for sockets and event streams as for requests: by real push
processes, with and without web or a proxy before them."""

from typing import Any

import pytest
from httpx2 import AsyncClient
from tests.core.push.test_relay import EVENTS
from tests.core.push.world import World
from websockets.exceptions import InvalidStatus

PROXY = ["127.0.0.1"]
BLOCK = ["192.0.2.0/24", "2001:db8::/32"]
GOOD, BAD = "198.51.100.7", "192.0.2.7"

CHAINS = [
    (GOOD, True),
    (BAD, False),
    (f"{BAD}, 127.0.0.1", False),
    (f"{GOOD}, {BAD}", False),  # whoever is refused may say what he likes on the left
    (f"{BAD}, {GOOD}", True),
    ("2001:db8::1", False),
    ("[2001:db8::1]:443", False),
    (f"::ffff:{BAD}", False),
    ("", True),
]


async def socket_opens(world: World, port: int, told: str) -> bool:
    """Whether a socket is let in for somebody of whom this is said."""
    token = await world.token(world.ours.member)
    headers = {"x-forwarded-for": told}
    try:
        opened = await world.connect(port=port, token=token, headers=headers)
    except InvalidStatus as refusal:
        return {403: False}[refusal.response.status_code]
    await opened.close()
    return True


async def stream_opens(world: World, port: int, told: str) -> bool:
    """The same of an event stream."""
    headers = {
        "authorization": f"Bearer {await world.token(world.ours.member)}",
        "host": f"{world.ours.tenant.slug}.localhost",
        "x-forwarded-for": told,
    }
    async with (
        AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
        client.stream("GET", f"{EVENTS}?room=tenant", headers=headers) as answer,
    ):
        if answer.status_code == 200:
            return True
        await answer.aread()
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "ADDRESS_REFUSED")
        return False


@pytest.fixture(scope="module")
async def behind(world: World) -> int:
    """A push process behind a proxy of ours, with a list of who may not come."""
    return (await world.another_with(block_addresses=BLOCK, forwarded_from=PROXY))[0]


@pytest.fixture(scope="module")
async def before(world: World) -> tuple[int, int]:
    """Two webs that pass on to a push with the same list: one behind a proxy, one not."""
    port, _ = await world.another_with(block_addresses=[*BLOCK, "127.0.0.0/8"])
    to: dict[str, Any] = {"push_url": f"http://127.0.0.1:{port}"}
    proxied = world.settings.model_copy(update={**to, "forwarded_from": PROXY})
    plain = world.settings.model_copy(update=to)
    return await world.another_web(proxied), await world.another_web(plain)


@pytest.mark.parametrize(("told", "comes"), CHAINS)
async def test_a_proxys_word_counts(world: World, behind: int, told: str, comes: bool) -> None:
    assert await socket_opens(world, behind, told) is comes
    assert await stream_opens(world, behind, told) is comes


@pytest.mark.parametrize(("told", "comes"), [*CHAINS[:-1], ("", False)])
async def test_web_says_what_a_proxy_has_told_it(
    world: World, before: tuple[int, int], told: str, comes: bool
) -> None:
    proxied, _ = before
    assert await socket_opens(world, proxied, told) is comes
    assert await stream_opens(world, proxied, told) is comes


async def test_a_strangers_word_does_not(world: World, before: tuple[int, int]) -> None:
    _, plain = before
    assert await socket_opens(world, plain, GOOD) is False  # it is 127.0.0.1 that speaks
    assert await stream_opens(world, plain, GOOD) is False
    port, _ = await world.another_with(block_addresses=BLOCK)
    assert await socket_opens(world, port, BAD) is True
    assert await stream_opens(world, port, BAD) is True


async def test_only_who_is_named_comes_where_some_are(world: World) -> None:
    lists = {"allow_addresses": ["198.51.100.0/24"], "block_addresses": ["198.51.100.66"]}
    port, _ = await world.another_with(**lists, forwarded_from=PROXY)
    said = {GOOD: True, "198.51.100.66": False, BAD: False, "nonsense": False}
    for told, comes in said.items():
        assert await socket_opens(world, port, told) is comes, told
        assert await stream_opens(world, port, told) is comes, told


async def test_a_block_that_is_added_ends_what_is_open(world: World) -> None:
    """Lists are settings: they hold from the process's next start, which closes all sockets."""
    port, child = await world.another_with(forwarded_from=PROXY)
    page = await world.page(world.ours.member, port=port, headers={"x-forwarded-for": BAD})
    await page.enter("tenant")
    child.terminate()
    await page.ends()
    port, _ = await world.another_with(block_addresses=BLOCK, forwarded_from=PROXY)
    assert await socket_opens(world, port, BAD) is False
