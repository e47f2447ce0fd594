"""Writes, exports and sign-ins: never one too many, over any number of processes."""

import asyncio
from collections.abc import Awaitable
from uuid import uuid4

import pytest
from tests.core.limits.conftest import Opening

from maru.limits import LimitsOf, Rate, Refused, Whom
from maru.limits.rates import rates_of


async def admitted(*asked: Awaitable[object]) -> int:
    """How many were let through."""
    answers = await asyncio.gather(*asked, return_exceptions=True)
    faults = [one for one in answers if isinstance(one, Exception) and not isinstance(one, Refused)]
    assert faults == []
    return sum(not isinstance(one, Refused) for one in answers)


async def test_a_thousand_at_once_over_four_processes(opening: Opening, whom: Whom) -> None:
    allowed = LimitsOf(writes={"user": Rate(200, 60)})
    processes = [opening(allowed) for _ in range(4)]
    assert await admitted(*(processes[n % 4].write(whom) for n in range(1_000))) == 200


async def test_the_narrowest_of_several_counts_and_no_other_is_used_up(
    opening: Opening, whom: Whom
) -> None:
    limits = opening(LimitsOf(writes=rates_of("user=5/m, token=3/m, tenant=100/m")))
    assert await admitted(*(limits.write(whom) for _ in range(10))) == 3
    another = whom._replace(token=uuid4())
    assert await admitted(*(limits.write(another) for _ in range(10))) == 2


async def test_others_are_not_held_up(opening: Opening, whom: Whom) -> None:
    limits = opening(LimitsOf(sign_ins={"address": Rate(2, 60)}))
    for address, through in (("192.0.2.7", 2), ("192.0.2.8", 2), ("192.0.2.7", 0)):
        asked = whom._replace(address=address)
        assert await admitted(*(limits.sign_in(asked) for _ in range(3))) == through
    assert await admitted(limits.sign_in(whom._replace(tenant=uuid4(), address="192.0.2.7"))) == 1


async def test_a_network_of_ipv6_is_one_address(opening: Opening, whom: Whom) -> None:
    limits = opening(LimitsOf(sign_ins={"address": Rate(2, 60)}))
    asked = [whom._replace(address=f"2001:db8:1:2::{n:x}") for n in range(1, 6)]
    assert await admitted(*(limits.sign_in(each) for each in asked)) == 2
    assert await admitted(limits.sign_in(whom._replace(address="2001:db8:1:3::1"))) == 1


async def test_a_refusal_says_when_and_what(opening: Opening, whom: Whom) -> None:
    limits = opening(LimitsOf(writes={"user": Rate(1, 3_600)}))
    told = await limits.write(whom)
    assert dict(told)[b"ratelimit-policy"] == b'"writes.user";q=1;w=3600'
    assert dict(told)[b"ratelimit"].startswith(b'"writes.user";r=0;t=')
    with pytest.raises(Refused) as refused:
        await limits.write(whom)
    assert 3_500 < refused.value.after <= 3_661
    assert refused.value.details == {"limit": "writes.user"}


async def test_there_is_room_again_after_the_span(opening: Opening, whom: Whom) -> None:
    limits = opening(LimitsOf(writes={"user": Rate(3, 1)}))
    assert await admitted(*(limits.write(whom) for _ in range(10))) == 3
    with pytest.raises(Refused) as refused:
        await limits.write(whom)
    assert refused.value.after <= 1.1
    async with asyncio.timeout(30):
        while await admitted(limits.write(whom)) == 0:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def test_a_route_counts_by_person_else_by_address(opening: Opening, whom: Whom) -> None:
    limits, rate = opening(LimitsOf()), Rate(2, 60)
    stranger = Whom(whom.tenant, "192.0.2.1")
    for asked in (whom, stranger, whom._replace(person=uuid4())):
        assert await admitted(*(limits.route(asked, "/x", rate) for _ in range(4))) == 2
    assert await admitted(limits.route(whom, "/y", rate)) == 1


async def test_nothing_is_limited_where_nothing_is_set(opening: Opening, whom: Whom) -> None:
    limits = opening(LimitsOf())
    for ask in (limits.write, limits.export, limits.sign_in, limits.read):
        assert await ask(whom) == []


async def test_with_redis_away_each_process_counts_by_itself(opening: Opening, whom: Whom) -> None:
    limits = opening(LimitsOf(sign_ins={"address": Rate(4, 60)}), "redis://127.0.0.1:1/0", 0.5)
    assert await admitted(*(limits.sign_in(whom) for _ in range(10))) == 4


async def test_what_was_counted_before_redis_went_away_still_counts(
    opening: Opening, whom: Whom
) -> None:
    limits = opening(LimitsOf(sign_ins={"address": Rate(4, 60)}))
    assert await admitted(*(limits.sign_in(whom) for _ in range(3))) == 3
    limits._shared = opening(LimitsOf(), "redis://127.0.0.1:1/0", 0.5)._shared
    assert await admitted(*(limits.sign_in(whom) for _ in range(10))) == 1


@pytest.mark.parametrize("text", ["", "30", "30/x", "0/m", "-1/m", "30/mm", "1e3/m", "30 / m"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no rate"):
        Rate.of(text)


@pytest.mark.parametrize("text", ["30/m", "person=30/m", "user", "user="])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no (limit|rate) such as"):
        rates_of(text)
