"""A PostgreSQL or Redis that is gone while Maru serves: what needs only the other goes on, the rest
says when to come again, and nobody has to restart anything or sign in anew."""

import asyncio
import re
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest
from tests.core.identity.company import PASSWORD, found_company
from tests.engines import Engines, running, settings_for

from maru.app import serving
from maru.db.migrate import migrate_async
from maru.house import open_house
from maru.observability.log import Journal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

ME, LAYOUT = "/api/v1/users/me", "/api/v1/portal/layout"
AWAY = 4.0


@dataclass(frozen=True)
class Place:
    """A house on engines of its own, which a test may stop; somebody signed in in two ways."""

    engines: Engines
    program: httpx.AsyncClient
    browser: httpx.AsyncClient


@pytest.fixture(scope="module")
def servers() -> Iterator[Engines]:
    with running() as found:
        yield found


@pytest.fixture
async def place(servers: Engines) -> AsyncIterator[Place]:
    with tempfile.TemporaryDirectory() as data:
        settings = settings_for(
            servers, "maru", base_domain="maru.test", data=Path(data), db_pool_wait=1.0
        )
        await migrate_async(settings)
        async with AsyncExitStack() as stack:
            house = await stack.enter_async_context(open_house(settings, service="web"))
            edge = await stack.enter_async_context(serving(house, Journal("web", "ERROR")))
            company = await found_company(settings, house)
            await house.tenants.load()
            transport = httpx.ASGITransport(edge, raise_app_exceptions=False)
            base = f"http://t{company.id.hex[:12]}.maru.test"
            program, browser = [
                await stack.enter_async_context(
                    httpx.AsyncClient(transport=transport, base_url=base, timeout=30)
                )
                for _ in range(2)
            ]
            await enter_by_token(program)
            await enter_by_form(browser)
            yield Place(servers, program, browser)


async def enter_by_token(client: httpx.AsyncClient) -> None:
    body = {"username": "alice", "password": PASSWORD}
    answer = await client.post("/api/v1/auth/login", json=body)
    client.headers["authorization"] = f"Bearer {answer.json()['data']['access_token']}"


async def enter_by_form(client: httpx.AsyncClient) -> None:
    proof = re.search(r'name="_csrf" value="([^"]+)"', (await client.get("/login")).text)
    assert proof is not None
    form = {"username": "alice", "password": PASSWORD, "_csrf": proof[1]}
    assert (await client.post("/login", data=form)).status_code == 303


async def health(place: Place) -> tuple[int, ...]:
    paths = ("/health/live", "/health/ready", "/health")
    return tuple([(await place.program.get(path)).status_code for path in paths])


async def until_served(place: Place) -> None:
    end = time.monotonic() + 15
    while (await place.program.get(LAYOUT)).status_code != 200:
        assert time.monotonic() < end, "it doesn't come back"
        await asyncio.sleep(0.05)


async def test_postgres_dies_while_serving(place: Place) -> None:
    assert (await place.browser.get("/")).status_code == 200
    place.engines.server.stop()
    try:
        end = time.monotonic() + AWAY
        while time.monotonic() < end:
            for path in (LAYOUT, "/"):
                who = place.program if path == LAYOUT else place.browser
                began = time.monotonic()
                answer = await who.get(path)
                assert (answer.status_code, answer.headers["retry-after"]) == (503, "5"), path
                assert answer.headers.get_list("set-cookie") == []
                assert time.monotonic() - began < 3
            assert (await place.browser.get("/login")).status_code < 400
            assert (await health(place)) == (200, 503, 503)
    finally:
        place.engines.server.start()
    await until_served(place)
    assert (await place.program.get(ME)).status_code == 200
    assert (await place.browser.get("/")).status_code == 200, "the cookie was lost"


@pytest.mark.parametrize("role", ["queue", "cache"])
async def test_redis_dies_while_serving(place: Place, role: str) -> None:
    server = place.engines.queue if role == "queue" else place.engines.cache
    server.stop()
    try:
        end = time.monotonic() + AWAY
        while time.monotonic() < end:
            layout = (await place.program.get(LAYOUT)).json()["data"]
            assert (await place.program.put(LAYOUT, json=layout)).status_code == 200
            assert (await place.browser.get("/")).status_code == 200
            assert (await place.program.put(ME, json={"phone": "010-1111-2222"})).status_code == 200
            assert (await health(place)) == (200, 200, 503)
    finally:
        server.start()
    end = time.monotonic() + 15
    while (await health(place)) != (200, 200, 200):
        assert time.monotonic() < end, "it doesn't come back"
        await asyncio.sleep(0.05)
