"""The limits around a whole web process: who is told what, and whom nothing can hold up."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2 as httpx
import pytest
from tests.core.identity.company import PASSWORD, Company, found_company, settings

from maru.app import serving
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House, open_house
from maru.limits.shared import Shared
from maru.observability.log import Journal
from maru.redis.roles import linked
from maru.settings import SettingFault, Settings

__all__ = ["settings"]

BASE = "maru.test"
LOGIN = {"username": "alice", "password": PASSWORD}
WRONG = {"username": "alice", "password": "wrong"}


@asynccontextmanager
async def served(settings: Settings, **given: Any) -> AsyncIterator[tuple[House, Any]]:
    async with AsyncExitStack() as stack:
        changed = settings.model_copy(update={"base_domain": BASE, **given})
        house = await stack.enter_async_context(open_house(changed))
        edge = await stack.enter_async_context(serving(house, Journal("web", "INFO")))
        yield house, edge


@pytest.fixture(scope="module")
async def tight(settings: Settings) -> AsyncIterator[tuple[House, Any]]:
    """A web process that allows little."""
    allowed = {
        "limit_sign_ins": "address=3/m",
        "limit_writes": "user=5/h",
        "limit_reads": "user=20/m, address=40/m",
        "forwarded_from": ["10.0.0.0/8"],
    }
    async with served(settings, **allowed) as found:
        yield found


async def firm(settings: Settings, house: House) -> Company:
    made = await found_company(settings, house)
    async with committing(house.database.unit(Scope(made.id))) as unit:
        await house.rights.roles.grant(unit, "member", "department", made.top)
    await house.tenants.load()
    return made


@pytest.fixture
async def company(settings: Settings, tight: tuple[House, Any]) -> Company:
    return await firm(settings, tight[0])


def calling(edge: Any, company: Company, address: str = "192.0.2.1") -> httpx.AsyncClient:
    """A client at this address."""
    transport = httpx.ASGITransport(edge, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url=f"http://t{company.id.hex[:12]}.{BASE}")


async def tokens(client: httpx.AsyncClient) -> dict[str, str]:
    answer = await client.post("/api/v1/auth/login", json=LOGIN)
    assert answer.status_code == 200, answer.text
    return {"authorization": f"Bearer {answer.json()['data']['access_token']}"}


async def test_signing_in_is_limited_by_address_whoever_is_meant(
    tight: tuple[House, Any], company: Company
) -> None:
    async with calling(tight[1], company) as client:
        for name in ("alice", "bob", "carol"):
            answer = await client.post("/api/v1/auth/login", json={**WRONG, "username": name})
            assert answer.status_code == 401
        answer = await client.post("/api/v1/auth/login", json=LOGIN)
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "RATE_LIMITED"
    assert 1 <= int(answer.headers["retry-after"]) <= 62
    assert answer.headers["ratelimit-policy"] == '"sign_ins.address";q=3;w=60'
    assert answer.headers["ratelimit"].startswith('"sign_ins.address";r=0;t=')
    async with calling(tight[1], company, "192.0.2.2") as elsewhere:
        await tokens(elsewhere)


async def test_the_browsers_form_is_limited_too(tight: tuple[House, Any], company: Company) -> None:
    async with calling(tight[1], company, "192.0.2.9") as client:
        for _ in range(3):
            assert (await client.post("/login", data=WRONG)).status_code in (403, 422)
        assert (await client.post("/login", data=WRONG)).status_code == 429


async def test_over_the_limit_the_form_is_there_again_with_the_name_that_was_typed(
    tight: tuple[House, Any], company: Company
) -> None:
    ours = {"sec-fetch-site": "same-origin"}
    async with calling(tight[1], company, "192.0.2.19") as client:
        found = re.search(r'name="_csrf" value="([^"]+)"', (await client.get("/login")).text)
        assert found is not None
        form = {**WRONG, "username": "가람.이", "provider": "", "next": "/", "_csrf": found[1]}
        for _ in range(3):
            assert (await client.post("/login", data=form, headers=ours)).status_code == 422
        answer = await client.post("/login", data=form, headers=ours)
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 120
        assert answer.headers["ratelimit-policy"] == '"sign_ins.address";q=3;w=60'
        assert re.search(r"[12]분 뒤에 다시 시도하세요", answer.text)
        assert 'name="username" value="가람.이"' in answer.text
        assert WRONG["password"] not in answer.text
        forged = await client.post("/login", data={**form, "_csrf": "x"}, headers=ours)
        assert forged.status_code == 429
        assert "가람.이" not in forged.text
        program = await client.post("/api/v1/auth/login", json=WRONG)
        assert (program.status_code, program.json()["error"]["code"]) == (429, "RATE_LIMITED")


async def test_a_strangers_word_about_its_address_counts_for_nothing(
    tight: tuple[House, Any], company: Company
) -> None:
    async with calling(tight[1], company, "192.0.2.3") as client:
        answers = [
            await client.post(
                "/api/v1/auth/login", json=WRONG, headers={"x-forwarded-for": f"198.51.100.{n}"}
            )
            for n in range(4)
        ]
    assert [one.status_code for one in answers] == [401, 401, 401, 429]


async def test_a_proxys_word_counts(tight: tuple[House, Any], company: Company) -> None:
    async with calling(tight[1], company, "10.1.2.3") as proxy:
        for n in range(4):
            told = {"x-forwarded-for": f"203.0.113.9, 198.51.100.{n}"}
            answer = await proxy.post("/api/v1/auth/login", json=WRONG, headers=told)
            assert answer.status_code == 401 if n < 3 else 429


async def test_reads_and_writes_say_what_is_left(
    tight: tuple[House, Any], company: Company
) -> None:
    async with calling(tight[1], company, "192.0.2.4") as client:
        signed_in = await tokens(client)
        read = await client.get("/api/v1/users/me", headers=signed_in)
        assert read.headers["ratelimit-policy"] == '"reads.user";q=20;w=60'
        statuses = []
        for n in range(6):
            answer = await client.put(
                "/api/v1/users/me", json={"phone": f"02-{n}"}, headers=signed_in
            )
            statuses.append(answer.status_code)
            if n == 1:
                assert answer.headers["ratelimit"].startswith('"writes.user";r=3;')
    assert statuses == [200] * 5 + [429]


async def test_many_reads_end_in_429_and_others_go_on(
    tight: tuple[House, Any], company: Company
) -> None:
    async with calling(tight[1], company, "192.0.2.5") as client:
        signed_in = await tokens(client)
        answers = [await client.get("/api/v1/users/me", headers=signed_in) for _ in range(25)]
        assert {one.status_code for one in answers} == {200, 429}
        assert sum(one.status_code == 200 for one in answers) <= 21
        more = [await client.get("/nowhere") for _ in range(40)]
        assert more[-1].status_code == 429
    async with calling(tight[1], company, "192.0.2.6") as other:
        assert (await other.get("/login")).status_code == 200


async def test_with_redis_away_the_right_password_still_gets_in(
    settings: Settings, tight: tuple[House, Any]
) -> None:
    async with served(settings, limit_sign_ins="address=3/m") as (house, edge):
        company = await firm(settings, house)
        nowhere = linked("queue", "redis://127.0.0.1:1/0", 0.5)
        edge._parts.limiting.limits._shared = Shared(nowhere)
        async with calling(edge, company) as client:
            await tokens(client)
            for _ in range(2):
                wrong = await client.post("/api/v1/auth/login", json=WRONG)
                assert wrong.status_code == 401
            assert (await client.post("/api/v1/auth/login", json=WRONG)).status_code == 429
        async with calling(edge, company, "192.0.2.2") as elsewhere:
            await tokens(elsewhere)
        await nowhere.close()


async def test_limits_can_be_switched_off(settings: Settings) -> None:
    async with served(settings, limits=False, limit_sign_ins="address=1/h") as (house, edge):
        company = await firm(settings, house)
        async with calling(edge, company) as client:
            for _ in range(3):
                signed_in = await tokens(client)
            answer = await client.get("/api/v1/users/me", headers=signed_in)
        assert "ratelimit" not in answer.headers


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("limit_reads", "user=10/s", "MARU_LIMIT_READS: reads are limited by the minute"),
        ("limit_writes", "users=10/m", "MARU_LIMIT_WRITES: 'users=10/m' is no limit"),
        ("limit_sign_ins", "address=many", "MARU_LIMIT_SIGN_INS: 'many' is no rate"),
    ],
)
async def test_a_setting_that_says_nothing_is_named(
    settings: Settings, setting: str, value: str, told: str
) -> None:
    with pytest.raises(SettingFault, match=told):
        async with served(settings, **{setting: value}):
            pass


async def test_operators_see_what_was_refused(tight: tuple[House, Any], company: Company) -> None:
    house, edge = tight
    async with calling(edge, company, "192.0.2.77") as client:
        for _ in range(5):
            await client.post("/api/v1/auth/login", json=WRONG)
    refused = house.metrics.counter("maru_limits_refused_total", "", ("limit",))
    assert refused.values["sign_ins.address",] >= 2
