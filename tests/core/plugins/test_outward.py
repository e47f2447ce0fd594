"""The ways out of a context: calls to other machines, and children that compute."""

import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.core.outside.others import LOOPBACK, answer, machine
from tests.core.plugins.working import call_in, enable
from tests.engines import Tenants
from tests.plugins.process import Process

from maru.outside import Outside
from maru_sdk import Conflict, SystemFault
from maru_sdk.compute import ComputeTimeout
from maru_sdk.http import AddressRefused, OutsideInTransaction, Unreachable


@pytest.fixture
async def on(running: Process, tenants: Tenants) -> Process:
    """The plugin of every kind is on in hanbit, and loopback is open."""
    await enable(running, tenants.hanbit, "kinds")
    return running


def module(name: str) -> Any:
    __import__(f"maru_kinds.{name}")
    return sys.modules[f"maru_kinds.{name}"]


@pytest.fixture
async def opened(on: Process, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The process's way out, with loopback open."""
    outside, real = Outside(LOOPBACK), on.services.outside
    monkeypatch.setattr(real, "_wires", outside._wires)
    monkeypatch.setattr(real, "_pool", outside._pool)
    yield on
    await outside.close()


class TestHttp:
    async def test_a_plugin_calls_out(self, opened: Process, tenants: Tenants) -> None:
        said = answer(200, b'{"a": 1}')
        async with machine(said) as made, call_in(opened, tenants.hanbit) as call:
            http = call.ctx("kinds").http
            found = await http.get(made.url(), params={"q": 1}, headers={"X-A": "b"})
            assert found.json() == {"a": 1}
            await http.post(made.url(), json={"b": 2})
            await http.request("PUT", made.url(), content=b"c")
        assert [one.line.split()[0] for one in made.asked] == ["GET", "POST", "PUT"]
        assert [one.body for one in made.asked] == [b"", b'{"b":2}', b"c"]

    async def test_the_house_is_closed(self, on: Process, tenants: Tenants) -> None:
        async with machine() as made, call_in(on, tenants.hanbit) as call:
            with pytest.raises(AddressRefused):
                await call.ctx("kinds").http.get(made.url())
        assert made.connections == 0

    async def test_not_in_a_transaction(self, opened: Process, tenants: Tenants) -> None:
        async with machine() as made, call_in(opened, tenants.hanbit) as call:
            ctx = call.ctx("kinds")
            await ctx.http.get(made.url())
            await ctx.read(module("queries").NOTES)
            await ctx.http.get(made.url())
            assert ctx.db is not None
            with pytest.raises(OutsideInTransaction, match="before the first use"):
                await ctx.http.get(made.url())
            async with ctx.aside() as other:
                with pytest.raises(OutsideInTransaction):
                    await other.http.get(made.url())
        assert len(made.asked) == 2

    async def test_never_beyond_the_deadline_of_the_work(
        self, opened: Process, tenants: Tenants
    ) -> None:
        async with machine() as made, call_in(opened, tenants.hanbit) as call:
            call.deadline = datetime.now(UTC) - timedelta(seconds=1)
            with pytest.raises(Unreachable, match="No time"):
                await call.ctx("kinds").http.get(made.url())
        assert made.connections == 0


class TestCompute:
    async def test_a_function_of_the_plugins_own(self, on: Process, tenants: Tenants) -> None:
        sums, count = module("sums"), module("schemas").Count
        async with call_in(on, tenants.hanbit) as call:
            ctx = call.ctx("kinds")
            assert (await ctx.compute(sums.doubled, count(count=4))).count == 8
            where = await ctx.compute(sums.where, count())
            with pytest.raises(Conflict, match="5 are too many"):
                await ctx.compute(sums.refused, count(count=5))
        assert where.pid != os.getpid()
        assert where.secrets == []

    async def test_what_isnt_is_refused(self, on: Process, tenants: Tenants) -> None:
        sums, count = module("sums"), module("schemas").Count

        def inside(ask: Any) -> Any:
            return ask

        async with call_in(on, tenants.hanbit) as call:
            compute = call.ctx("kinds").compute
            foreign = call.ctx("core").compute
            for function in (sums.later, sums.loose, inside, os.system, len, lambda ask: ask):
                with pytest.raises(SystemFault):
                    await compute(function, count())
            with pytest.raises(SystemFault, match="another plugin's"):
                await foreign(sums.doubled, count())
            with pytest.raises(SystemFault, match="takes Count"):
                await compute(sums.doubled, module("schemas").NoteIn(text="a"))
        assert on.services.compute.alive == 0

    async def test_never_beyond_the_deadline_of_the_work(
        self, on: Process, tenants: Tenants
    ) -> None:
        async with call_in(on, tenants.hanbit) as call:
            call.deadline = datetime.now(UTC) - timedelta(seconds=1)
            with pytest.raises(ComputeTimeout):
                await call.ctx("kinds").compute(
                    module("sums").doubled, module("schemas").Count(count=1)
                )
