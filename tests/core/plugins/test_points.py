"""Calling extension points: order, isolation, deadlines, breakers, JSON."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from tests.core.plugins.working import call_in, enable, tenant
from tests.engines import Tenants
from tests.plugins.process import Process, process
from tests.plugins.shelf import SDK, Shelf

from maru.plugins.breakers import FAILURES, REST, Breakers
from maru.plugins.points import OfferUnknown, PluginPaused
from maru.plugins.registry import PluginHost
from maru.settings import Settings
from maru_sdk import Conflict, SystemFault

PROVIDER = """
    from maru_sdk import Context, Model, Plugin, extension_point

    class Ask(Model):
        n: int
        tags: list[str] = []

    class Answer(Model):
        who: str
        n: int

    @extension_point("collect", deadline="150ms")
    async def gather(ctx: Context, ask: Ask) -> Answer: ...

    @extension_point("decide")
    async def allow(ctx: Context, ask: Ask) -> Answer | None: ...

    @extension_point("choose", deadline="150ms")
    async def engine(ctx: Context, ask: Ask) -> Answer: ...

    @extension_point("collect")
    async def unpublished(ctx: Context, ask: Ask) -> Answer: ...

    plugin = Plugin(title="Provider", publishes=[gather, allow, engine])
"""

FILLER = """
    import asyncio
    from maru_fill import Answer, Ask, allow, engine, gather
    from maru_sdk import Conflict, Context, Model, Plugin
    from sqlalchemy import text

    DO = {{}}

    class Refused(Conflict):
        message = "Refused by {key}"

    async def act(ctx, ask):
        ask.tags.append("mine")
        match DO.get("what", "answer"):
            case "fail": raise RuntimeError("broken")
            case "exit": raise SystemExit(1)
            case "refuse": raise Refused
            case "late": await asyncio.sleep(30)
            case "late in sql": await ctx.db.execute(text("SELECT pg_sleep(30)"))
            case "bad sql": await ctx.db.execute(text("SELECT 1 / 0"))
            case "write": await ctx.db.execute(text(
                "INSERT INTO maru.setting (id, plugin, content, version)"
                " VALUES (gen_random_uuid(), '{key}', '{{}}', 1)"))
            case "other": return Refused
            case "wrong": return Ask(n=1)
        return Answer(who="{key}", n=ask.n + len(ask.tags))

    @gather.extend
    async def one(ctx: Context, ask: Ask) -> Answer:
        return await act(ctx, ask)

    @allow.extend
    async def two(ctx: Context, ask: Ask) -> Answer | None:
        return await act(ctx, ask)

    @engine.offer("{key}")
    async def three(ctx: Context, ask: Ask) -> Answer:
        return await act(ctx, ask)

    plugin = Plugin(title="{key}", fills=[one, two, three])
"""


class World:
    """Three plugins that fill the points of a fourth."""

    def __init__(self, process: Process, tenants: Tenants, shelf: Shelf) -> None:
        import maru_apple  # type: ignore[import-not-found]
        import maru_fill  # type: ignore[import-not-found]

        self.process, self.hanbit = process, tenants.hanbit
        self.provider: Any = maru_fill
        self.apple: dict[str, str] = maru_apple.DO

    async def collect(self, n: int = 1) -> list[tuple[str, int]]:
        async with call_in(self.process, self.hanbit) as call:
            ask = self.provider.Ask(n=n)
            answers = await call.ctx("fill").collect(self.provider.gather, ask)
            assert ask.tags == []
        return [(answer.who, answer.n) for answer in answers]

    async def decide(self) -> list[Any]:
        async with call_in(self.process, self.hanbit) as call:
            return await call.ctx("fill").decide(self.provider.allow, self.provider.Ask(n=1))

    async def choose(self, offer: str) -> Any:
        async with call_in(self.process, self.hanbit) as call:
            ask = self.provider.Ask(n=1)
            return await call.ctx("fill").choose(self.provider.engine, offer, ask)

    async def settings_of(self, key: str) -> int:
        async with call_in(self.process, self.hanbit) as call:
            counted = text("SELECT count(*) FROM maru.setting WHERE plugin = :key")
            return int((await call.unit.db.execute(counted, {"key": key})).scalar_one())


@pytest.fixture
async def world(settings: Settings, tenants: Tenants, shelf: Shelf) -> AsyncIterator[World]:
    shelf.add("fill", PROVIDER)
    for key in ("cherry", "banana", "apple"):
        needs = [SDK, "maru-fill"] + (["maru-banana"] if key == "apple" else [])
        shelf.add(key, FILLER.format(key=key), needs=needs)
    host = PluginHost.load({}, path=shelf.path, strict=True)
    async with process(settings, host) as found:
        await enable(found, tenants.hanbit, "fill", "banana", "apple", "cherry")
        yield World(found, tenants, shelf)


ALL = [("banana", 2), ("apple", 2), ("cherry", 2)]


class TestCollect:
    async def test_answers_come_in_the_order_of_the_plugins(self, world: World) -> None:
        assert await world.collect() == ALL

    async def test_only_of_those_that_are_on(self, world: World) -> None:
        async with call_in(world.process, world.hanbit) as call:
            await world.process.services.switchboard.disable(call, "cherry")
        assert await world.collect() == ALL[:2]

    @pytest.mark.parametrize(
        "what", ["fail", "exit", "late", "late in sql", "bad sql", "write", "other", "wrong"]
    )
    async def test_a_failing_or_late_one_costs_only_its_answer(
        self, world: World, what: str
    ) -> None:
        world.apple["what"] = what
        async with call_in(world.process, world.hanbit) as call:
            db = call.unit.db
            await db.execute(text("SELECT 1"))
            ask = world.provider.Ask(n=1)
            answers = await call.ctx("fill").collect(world.provider.gather, ask)
            assert [answer.who for answer in answers] == ["banana", "cherry"]
            assert (await db.execute(text("SELECT 2"))).scalar_one() == 2
        assert await world.settings_of("apple") == 0

    async def test_three_failures_open_the_breaker_here_alone(self, world: World) -> None:
        world.apple["what"] = "fail"
        for _ in range(FAILURES):
            await world.collect()
        world.apple["what"] = "answer"
        assert await world.collect() == [ALL[0], ALL[2]]
        points = world.process.services.points
        assert points.breaker("apple", tenant(world.hanbit)).open
        assert not points.breaker("banana", tenant(world.hanbit)).open

    async def test_a_refusal_is_no_failure(self, world: World) -> None:
        world.apple["what"] = "refuse"
        for _ in range(FAILURES + 1):
            await world.collect()
        world.apple["what"] = "answer"
        assert await world.collect() == ALL


class TestDecide:
    async def test_all_are_asked_in_the_callers_transaction(self, world: World) -> None:
        world.apple["what"] = "write"
        assert [answer.who for answer in await world.decide()] == ["banana", "apple", "cherry"]
        assert await world.settings_of("apple") == 1

    @pytest.mark.parametrize(
        ("what", "fault"),
        [("fail", RuntimeError), ("refuse", Conflict), ("wrong", TypeError), ("other", TypeError)],
    )
    async def test_an_exception_is_the_callers(
        self, world: World, what: str, fault: type[Exception]
    ) -> None:
        world.apple["what"] = what
        with pytest.raises(fault):
            await world.decide()

    async def test_an_open_breaker_refuses(self, world: World) -> None:
        world.apple["what"] = "fail"
        for _ in range(FAILURES):
            with pytest.raises(RuntimeError):
                await world.decide()
        world.apple["what"] = "answer"
        with pytest.raises(PluginPaused) as fault:
            await world.decide()
        assert (fault.value.status, fault.value.details["plugin"]) == (503, "apple")

    async def test_a_late_one_is_waited_for_by_the_caller(self, world: World) -> None:
        import asyncio

        world.apple["what"] = "late in sql"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await world.decide()
        world.apple["what"] = "answer"
        assert len(await world.decide()) == 3


class TestChoose:
    async def test_the_offer_decides(self, world: World) -> None:
        assert (await world.choose("apple")).who == "apple"

    async def test_an_unknown_offer(self, world: World) -> None:
        with pytest.raises(OfferUnknown):
            await world.choose("plum")

    async def test_a_failure_is_the_callers(self, world: World) -> None:
        world.apple["what"] = "fail"
        with pytest.raises(RuntimeError):
            await world.choose("apple")

    async def test_a_late_one_is_given_up(self, world: World) -> None:
        world.apple["what"] = "late in sql"
        with pytest.raises(TimeoutError):
            await world.choose("apple")


class TestMisuse:
    async def test_a_point_of_another_kind(self, world: World) -> None:
        async with call_in(world.process, world.hanbit) as call:
            with pytest.raises(SystemFault, match="is a decide point"):
                await call.ctx("fill").collect(world.provider.allow, world.provider.Ask(n=1))

    async def test_a_point_that_nobody_publishes(self, world: World) -> None:
        async with call_in(world.process, world.hanbit) as call:
            with pytest.raises(SystemFault, match="Nobody publishes"):
                await call.ctx("fill").collect(world.provider.unpublished, world.provider.Ask(n=1))


class TestBreakers:
    def test_after_the_rest_one_tries(self, tenants: Tenants) -> None:
        now = [0.0]
        breaker = Breakers(lambda: now[0]).of("apple", tenant(tenants.hanbit))
        for _ in range(FAILURES):
            breaker.failed()
        assert breaker.open
        now[0] += REST
        assert [breaker.open, breaker.open] == [False, True]
        breaker.failed()
        now[0] += REST / 2
        assert breaker.open
        now[0] += REST
        assert [breaker.open, breaker.open] == [False, True]
        breaker.succeeded()
        assert [breaker.open, breaker.open] == [False, False]
