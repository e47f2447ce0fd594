"""Pages under load while an engine is away: what PostgreSQL can answer is answered, what it can't
says when to come again, and all is well soon after."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx2 as httpx
import pytest
from tests.chaos.figures import Report
from tests.core.identity.company import found_company
from tests.core.jobs.house import until
from tests.engines import Engines
from tests.faults.test_engines_die import enter_by_form, enter_by_token

from maru.app import serving
from maru.house import House, open_house
from maru.observability.log import Journal
from maru.settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PAGES = ("/", "/api/v1/portal/layout", "/api/v1/users/me")
READERS = 6
AWAY = 4.0


@dataclass(frozen=True)
class Seen:
    """One answer: when it was asked for and when it came, by the clock that never jumps."""

    asked: float
    at: float
    status: int


@dataclass
class Load:
    """Readers who ask again as soon as they are answered."""

    seen: list[Seen] = field(default_factory=list)
    stopped: bool = False

    async def read(self, client: httpx.AsyncClient, path: str) -> None:
        while not self.stopped:
            asked = time.monotonic()
            answer = await client.get(path)
            self.seen.append(Seen(asked, time.monotonic(), answer.status_code))
            await asyncio.sleep(0.01)

    def since(self, moment: float) -> list[Seen]:
        return [one for one in self.seen if one.asked >= moment]

    def faults(self, within: Callable[[Seen], bool]) -> list[Seen]:
        return [one for one in self.seen if one.status >= 500 and within(one)]

    def p95(self, within: Callable[[Seen], bool]) -> float:
        took = sorted(one.at - one.asked for one in self.seen if within(one))
        return took[int(len(took) * 0.95)] if took else 0.0


@asynccontextmanager
async def loaded(settings: Settings) -> AsyncIterator[tuple[Load, House, httpx.AsyncClient]]:
    """A house that is read from all the time."""
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(open_house(settings, service="web"))
        edge = await stack.enter_async_context(serving(house, Journal("web", "CRITICAL")))
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
        load = Load()
        async with asyncio.TaskGroup() as tasks:
            for number in range(READERS):
                path = PAGES[number % len(PAGES)]
                tasks.create_task(load.read(browser if path == "/" else program, path))
            try:
                await until(lambda: len(load.seen) > 100, 30)
                yield load, house, program
            finally:
                load.stopped = True


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"base_domain": "maru.test", "db_pool_wait": 1.0})


async def is_healthy(client: httpx.AsyncClient) -> bool:
    return (await client.get("/health")).status_code == 200


@pytest.mark.parametrize("role", ["queue", "cache"])
async def test_redis_is_stopped(
    settings: Settings, own: Engines, report: Report, role: str
) -> None:
    server = own.queue if role == "queue" else own.cache
    async with loaded(settings) as (load, _, client):
        before = load.p95(lambda one: True)
        await asyncio.to_thread(server.stop)
        away = time.monotonic()
        try:
            await until(lambda: time.monotonic() > away + AWAY, AWAY + 5)
        finally:
            await asyncio.to_thread(server.start)
        back = time.monotonic()
        await until(lambda: is_healthy(client), 20)
        healed = time.monotonic() - back
        during = len([one for one in load.seen if away <= one.asked < back])
        without = load.p95(lambda one: away <= one.asked < back)
    assert load.faults(lambda one: True) == []
    assert during > 20
    report.add(
        f"Redis ({role}) stopped {AWAY:.0f} s under load",
        {
            "answers meanwhile": during,
            "5xx": 0,
            "p95 before, s": before,
            "p95 meanwhile, s": without,
            "back after, s": healed,
        },
    )
    assert healed <= 15  # 5 on a quiet machine: the report says what it was


async def test_postgres_is_restarted(settings: Settings, own: Engines, report: Report) -> None:
    async with loaded(settings) as (load, house, _):
        await asyncio.to_thread(own.server.stop)
        gone = time.monotonic()
        await until(lambda: time.monotonic() > gone + AWAY, AWAY + 5)
        await asyncio.to_thread(own.server.start)
        accepts = time.monotonic()
        await until(lambda: _healed(load, accepts), 20)
        last = max((one.at for one in load.faults(lambda one: True)), default=accepts)
        healed = max(0.0, last - accepts)
        settled = time.monotonic()
        await until(lambda: len(load.since(settled)) > 50, 20)
        assert load.faults(lambda one: one.asked > settled) == []
        assert house.database.status().in_use <= READERS
    outside = load.faults(lambda one: one.at < gone - 0.5)
    report.add(
        f"PostgreSQL away {AWAY:.0f} s under load",
        {
            "answers": len(load.seen),
            "refused while away": len(load.faults(lambda one: one.asked < accepts)),
            "last refusal after its return, s": healed,
        },
    )
    assert outside == []
    assert healed <= 10  # 3 on a quiet machine: the report says what it was


def _healed(load: Load, accepts: float) -> bool:
    """The latest twenty answers that were asked for after its return were all good."""
    latest = load.since(accepts)[-20:]
    return len(latest) == 20 and all(one.status < 500 for one in latest)
