"""Reads: no word to Redis on the way, and hardly one too many over all processes."""

import asyncio
from time import perf_counter
from uuid import uuid4

import pytest
from tests.core.limits.conftest import Opening
from tests.core.limits.test_exact import admitted

from maru.limits import Limits, LimitsOf, Rate, Refused, Whom

RATE = Rate(4_000, 60)


async def flood(processes: list[Limits], whom: Whom, number: int) -> int:
    """So many reads over all processes, which settle while that lasts."""
    through = 0
    for start in range(0, number, 400):
        asked = [processes[n % len(processes)].read(whom) for n in range(start, start + 400)]
        through += await admitted(*asked)
        if start % 2_000 == 0:
            await asyncio.gather(*(each.settle() for each in processes))
    return through


async def test_four_processes_let_a_hundredth_too_much_through_at_most(
    opening: Opening, whom: Whom
) -> None:
    processes = [opening(LimitsOf(reads={"user": RATE})) for _ in range(4)]
    through = await flood(processes, whom, 10_000)
    assert through <= RATE.most * 1.01
    assert through >= RATE.most * 0.9
    assert await flood(processes, whom, 2_000) <= RATE.most * 0.01


async def test_a_warm_read_asks_nobody(opening: Opening, whom: Whom) -> None:
    limits = opening(LimitsOf(reads={"user": Rate(60_000, 60), "tenant": Rate(600_000, 60)}))
    await limits.read(whom)
    await limits.settle()
    for _ in range(20):
        await limits.read(whom)
    await limits.settle()
    asked = limits._shared.draw
    calls = []

    async def counted(given: object) -> object:
        calls.append(given)
        return await asked(given)  # type: ignore[arg-type]

    limits._shared.draw = counted  # type: ignore[method-assign, assignment]
    for _ in range(20):
        await limits.read(whom)
        await limits.arrive(whom.tenant, whom.address)
    assert calls == []


async def test_it_costs_microseconds(opening: Opening, whom: Whom) -> None:
    rates = {"address": Rate(9**8, 60), "user": Rate(9**8, 60), "tenant": Rate(9**8, 60)}
    limits = opening(LimitsOf(reads={**rates, "token": Rate(9**8, 60)}))  # type: ignore[dict-item]
    best = 1.0
    for _ in range(5):
        began = perf_counter()
        for _ in range(2_000):
            await limits.arrive(whom.tenant, whom.address)
            await limits.read(whom)
        best = min(best, (perf_counter() - began) / 2_000)
    assert best < 50e-6  # measured: 2 µs


async def test_what_one_process_does_not_use_others_may(opening: Opening, whom: Whom) -> None:
    first, second = (opening(LimitsOf(reads={"user": Rate(1_000, 60)})) for _ in range(2))
    assert await admitted(*(first.read(whom) for _ in range(300))) == 300
    await first.settle()
    await first.settle()  # a second without a read
    through = await admitted(*(second.read(whom) for _ in range(1_000)))
    assert 690 <= through <= 701


async def test_refused_reads_ask_redis_no_more(opening: Opening, whom: Whom) -> None:
    limits = opening(LimitsOf(reads={"user": Rate(10, 60)}))
    assert await admitted(*(limits.read(whom) for _ in range(10))) == 10
    with pytest.raises(Refused) as refused:
        await limits.read(whom)
    assert 50 < refused.value.after <= 65
    limits._shared.draw = None  # type: ignore[assignment, method-assign]
    with pytest.raises(Refused):
        await limits.read(whom)


async def test_an_address_counts_before_anybody_is_known(opening: Opening, whom: Whom) -> None:
    limits = opening(LimitsOf(reads={"address": Rate(20, 60)}))
    asked = [limits.arrive(whom.tenant, f"2001:db8::{n:x}") for n in range(1, 41)]
    assert await admitted(*asked) <= 20


async def test_with_redis_away_reads_go_on_and_are_still_counted(
    opening: Opening, whom: Whom
) -> None:
    limits = opening(LimitsOf(reads={"user": Rate(50, 60)}), "redis://127.0.0.1:1/0", 0.5)
    assert await admitted(*(limits.read(whom) for _ in range(80))) == 50
    assert await admitted(limits.read(whom._replace(person=uuid4(), token=uuid4()))) == 1


async def test_idle_keys_are_forgotten(opening: Opening, whom: Whom) -> None:
    now = [0.0]
    limits = opening(LimitsOf(reads={"user": Rate(50, 60), "address": Rate(50, 60)}))
    limits._clock = lambda: now[0]
    await limits.read(whom)
    await limits.arrive(whom.tenant, whom.address)
    await limits.settle()
    now[0] += 600
    await limits.settle()
    assert (limits._stocks, limits._callers, limits._arriving) == ({}, {}, {})
