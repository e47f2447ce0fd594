"""What many ask for is made anew right after a drop: never from old rows, never for nothing."""

import asyncio
from typing import Any

import pytest
from tests.core.cache.machines import HOUR, Process, slot_of, stored
from tests.core.jobs.house import until
from tests.engines import Tenants

from maru.cache import Slot, all_of


async def ask(process: Process, slot: Slot, times: int = 1, tags: Any = ("post",)) -> bytes:
    """What readers of a shared list do."""
    value = b""
    for _ in range(times):
        value = await process.cache.get_or(slot, HOUR, process.make, tags, True, again=process.make)
    return value


async def settled(process: Process) -> None:
    """All that drops have begun is over."""
    afresh = process.cache._afresh
    await until(lambda: not afresh._wanted and not afresh._under_way and afresh._timer is None)


def missed(process: Process) -> int:
    return process.cache.misses["board", "recent"]


async def test_it_is_there_before_the_next_one_asks(one: Process, tenants: Tenants) -> None:
    slot = slot_of(tenants.hanbit.tenant)
    await ask(one, slot, 3)
    one.value = b"new"
    await one.drop(tenants.hanbit)
    await until(lambda: slot in one.cache.memory)
    assert await ask(one, slot) == b"new"
    assert (one.made, missed(one)) == (2, 1)
    assert one.cache.refreshed["board", "recent"] == 1


async def test_who_comes_meanwhile_joins(one: Process, tenants: Tenants) -> None:
    slot, making, may_end = slot_of(tenants.hanbit.tenant), asyncio.Event(), asyncio.Event()

    async def slow() -> bytes:
        making.set()
        await may_end.wait()
        return b"new"

    for _ in range(3):
        await one.cache.get_or(slot, HOUR, one.make, ["post"], True, again=slow)
    await one.drop(tenants.hanbit)
    await making.wait()
    joined = [asyncio.create_task(ask(one, slot)) for _ in range(20)]
    await asyncio.sleep(0)
    may_end.set()
    assert await asyncio.gather(*joined) == [b"new"] * 20
    assert one.made == 1


@pytest.mark.parametrize("times", [1, 2])
async def test_what_was_hardly_asked_for_waits_for_who_asks(
    one: Process, tenants: Tenants, times: int
) -> None:
    """The first asking makes it, so two askings are one that found it."""
    slot = slot_of(tenants.hanbit.tenant)
    await ask(one, slot, times)
    await one.drop(tenants.hanbit)
    await settled(one)
    assert one.made == 1


async def test_what_nobody_asks_for_any_more_is_made_once(one: Process, tenants: Tenants) -> None:
    """Drops without readers between them cost nothing."""
    slot = slot_of(tenants.hanbit.tenant)
    await ask(one, slot, 5)
    for _ in range(4):
        await one.drop(tenants.hanbit)
        await settled(one)
    assert one.made == 2


async def test_it_reads_what_the_commit_has_written(one: Process, tenants: Tenants) -> None:
    """Nothing is made before the commit, and nothing of a unit that was rolled back."""
    slot = slot_of(tenants.hanbit.tenant)
    await ask(one, slot, 3)
    async with one.database.unit(tenants.hanbit) as unit:
        await one.cache.drop(unit, tenants.hanbit.tenant, ["post"])
        await settled(one)
        assert one.made == 1
        await unit.rollback()
    await settled(one)
    assert one.made == 1


async def test_all_that_a_unit_drops_is_old_before_anything_is_made_anew(
    one: Process, tenants: Tenants
) -> None:
    """A list made of another kept list: the inner one must not be found once more."""
    inner, outer = slot_of(tenants.hanbit.tenant, "inner"), slot_of(tenants.hanbit.tenant)

    async def made_of_inner() -> bytes:
        return b"<" + await ask(one, inner, tags=("second",)) + b">"

    for _ in range(3):
        await one.cache.get_or(outer, HOUR, made_of_inner, ["first"], True, again=made_of_inner)
    one.value = b"new"
    async with one.database.unit(tenants.hanbit) as unit:
        await one.cache.drop(unit, tenants.hanbit.tenant, ["first"])
        await one.cache.drop(unit, tenants.hanbit.tenant, ["second"])
        await unit.commit()
    await until(lambda: outer in one.cache.memory)
    assert one.cache.peek(outer) == b"<new>"


async def test_a_drop_while_it_is_made_anew_makes_that_old_too(
    one: Process, tenants: Tenants
) -> None:
    slot, making, may_end = slot_of(tenants.hanbit.tenant), asyncio.Event(), asyncio.Event()

    async def read_before() -> bytes:
        making.set()
        await may_end.wait()
        return b"read before the second drop"

    for _ in range(3):
        await one.cache.get_or(slot, HOUR, one.make, ["post"], True, again=read_before)
    await one.drop(tenants.hanbit)
    await making.wait()
    one.value = b"new"
    await one.drop(tenants.hanbit)
    may_end.set()
    await settled(one)
    assert await ask(one, slot) == b"new"


async def test_another_process_takes_what_the_first_has_made(
    one: Process, two: Process, tenants: Tenants
) -> None:
    slot = slot_of(tenants.hanbit.tenant)
    await ask(one, slot, 3)
    await until(lambda: stored(two, slot))
    await ask(two, slot, 3)
    one.value = two.value = b"new"
    await one.drop(tenants.hanbit)
    await until(lambda: slot in one.cache.memory)
    await two.signals.poll()
    await until(lambda: slot in two.cache.memory)
    assert one.cache.peek(slot) == two.cache.peek(slot) == b"new"
    assert one.made + two.made == 2


@pytest.mark.parametrize("tag", ["*", all_of("board")])
async def test_what_empties_a_plugin_or_a_tenant_begins_nothing(
    one: Process, tenants: Tenants, tag: str
) -> None:
    """Then a plugin goes off, its settings change or a tenant leaves."""
    slot = slot_of(tenants.hanbit.tenant)
    await ask(one, slot, 5)
    await one.drop(tenants.hanbit, tag)
    await settled(one)
    assert one.made == 1


async def test_a_fault_is_nobodys_until_somebody_asks(
    one: Process, tenants: Tenants, caplog: pytest.LogCaptureFixture
) -> None:
    slot = slot_of(tenants.hanbit.tenant)

    async def fail() -> bytes:
        raise ValueError("no")

    for _ in range(3):
        await one.cache.get_or(slot, HOUR, one.make, ["post"], True, again=fail)
    await one.drop(tenants.hanbit)
    await until(lambda: "could not be made anew" in caplog.text)
    await settled(one)
    assert await ask(one, slot) == b"old"


async def test_many_dropped_at_once_are_made_a_few_at_a_time(
    one: Process, tenants: Tenants
) -> None:
    slots = [slot_of(tenants.hanbit.tenant, str(number)) for number in range(40)]
    at_once, most = 0, 0

    async def make() -> bytes:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        return b"new"

    for slot in slots:
        for _ in range(3):
            await one.cache.get_or(slot, HOUR, one.make, ["post"], True, again=make)
    await one.drop(tenants.hanbit)
    await until(lambda: all(slot in one.cache.memory for slot in slots))
    assert 1 <= most <= 4
