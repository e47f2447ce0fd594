"""`/admin/audit` and its API: searched, read, exported, for those who may."""

import csv
import io
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from tests.core.identity.company import PASSWORD, Company, found_company, settings

from maru.app import serving
from maru.audit.trail import Actor
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House, open_house
from maru.identity.models import Person
from maru.observability.log import Journal
from maru.settings import Settings

__all__ = ["settings"]

BASE = "maru.test"
API = "/api/v1/admin/audit"


@dataclass
class Office:
    """A company's trail, its reader and the house that serves both."""

    house: House
    company: Company
    client: httpx.AsyncClient

    async def write(self, action: str, target: str, **given: Any) -> None:
        async with committing(self.house.database.unit(Scope(self.company.id))) as unit:
            await self.house.services.audit.write(unit, action, target, **given)

    async def found(self, **asked: Any) -> list[dict[str, Any]]:
        answer = await self.client.get(API, params=asked)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["data"])


@pytest.fixture(scope="module")
async def web(settings: Settings) -> AsyncIterator[tuple[House, httpx.ASGITransport]]:
    async with AsyncExitStack() as stack:
        opening = open_house(settings.model_copy(update={"base_domain": BASE}))
        house = await stack.enter_async_context(opening)
        edge = await stack.enter_async_context(serving(house, Journal("web", "INFO")))
        yield house, httpx.ASGITransport(edge)


@pytest.fixture
async def office(
    settings: Settings, web: tuple[House, httpx.ASGITransport]
) -> AsyncIterator[Office]:
    """Somebody who may read the trail, signed in."""
    house, transport = web
    company = await found_company(settings, house)
    async with committing(house.database.unit(Scope(company.id))) as unit:
        await house.rights.roles.grant(unit, "admin", "person", company.alice)
    await house.tenants.load()
    base = f"http://t{company.id.hex[:12]}.{BASE}"
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        body = {"username": "alice", "password": PASSWORD}
        answer = await client.post("/api/v1/auth/login", json=body)
        token = answer.json()["data"]["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        yield Office(house, company, client)


async def test_the_newest_line_comes_first_and_names_the_person(office: Office) -> None:
    await office.write("plugin.enabled", "plugin:board", actor=Actor(office.company.alice))
    first, second = (await office.found())[:2]
    assert (first["action"], first["target"]) == ("plugin.enabled", "plugin:board")
    assert first["person_name"] is not None
    assert second["action"] == "auth.login"


@pytest.mark.parametrize(
    ("asked", "actions"),
    [
        ({"action": "a.one"}, ["a.one"]),
        ({"target": "thing:2"}, ["a.two"]),
        ({"kind": "rights"}, ["rights.granted", "rights.granted"]),
        ({"address": "192.0.2.99"}, ["a.two", "a.one"]),
        ({"address": "192.0.2.99", "action": "a.two"}, ["a.two"]),
        ({"since": "2100-01-01T00:00:00Z"}, []),
        ({"action": "a.one", "until": "2100-01-01T00:00:00Z"}, ["a.one"]),
        ({"person": str(UUID(int=7))}, []),
    ],
)
async def test_it_is_searched(office: Office, asked: dict[str, str], actions: list[str]) -> None:
    here = Actor(address="192.0.2.99")
    await office.write("a.one", "thing:1", actor=here)
    await office.write("a.two", "thing:2", actor=here)
    await office.write("rights.granted", "role:x")
    assert [line["action"] for line in await office.found(**asked)] == actions


async def test_cursors_lead_through_all_lines(office: Office) -> None:
    for number in range(7):
        await office.write("a.step", f"thing:{number}")
    seen, cursor = [], ""
    while True:
        asked = {"action": "a.step", "limit": "3", **({"cursor": cursor} if cursor else {})}
        answer = (await office.client.get(API, params=asked)).json()
        seen += [line["target"] for line in answer["data"]]
        cursor = answer["pagination"]["next"]
        if not cursor:
            break
    assert seen == [f"thing:{number}" for number in reversed(range(7))]


async def test_the_export_is_whole_harmless_and_itself_a_line(office: Office) -> None:
    await office.write("a.odd", "=HYPERLINK(1)", after={"이름": '값, "따옴표"'})
    for number in range(1_005):
        if number % 200 == 0:
            await office.write("a.many", f"thing:{number}")
    answer = await office.client.get(f"{API}/export", headers={"accept-language": "ko"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0][1:3] == ["행위자", "행위"]
    targets = {line[4] for line in lines}
    assert "'=HYPERLINK(1)" in targets
    assert {f"thing:{number}" for number in range(0, 1_005, 200)} <= targets
    assert (await office.found(kind="personal"))[0]["action"] == "audit.exported"


async def test_an_export_of_some_lines_says_which(office: Office) -> None:
    await office.write("a.one", "thing:1")
    answer = await office.client.get(f"{API}/export", params={"action": "a.one"})
    assert len(answer.content.decode("utf-8-sig").splitlines()) == 2
    assert (await office.found(kind="personal"))[0]["after"] == {"action": "a.one"}


async def test_one_line_and_none(office: Office) -> None:
    line = (await office.found())[0]
    answer = await office.client.get(f"{API}/{line['id']}")
    assert answer.json()["data"] == line
    missing = await office.client.get(f"{API}/{UUID(int=1)}")
    assert missing.json()["error"]["code"] == "AUDIT_LINE_NOT_FOUND"


@pytest.mark.parametrize("path", ["", "/export", f"/{UUID(int=1)}"])
async def test_others_may_not(office: Office, path: str) -> None:
    client = office.client
    async with committing(office.house.database.unit(Scope(office.company.id))) as unit:
        await office.house.rights.roles.revoke(unit, "admin", "person", office.company.alice)
    assert (await client.get(f"{API}{path}")).status_code == 403
    del client.headers["authorization"]
    assert (await client.get(f"{API}{path}")).status_code == 401


async def test_the_pages_say_it_in_words(office: Office) -> None:
    actor = Actor(office.company.alice, address="192.0.2.7")
    before, after = (
        {"name": "가", "public": False, "kept": 1},
        {"name": "나", "public": True, "kept": 1},
    )
    target = f"person:{office.company.alice}"
    await office.write("person.changed", target, actor=actor, before=before, after=after)
    cookie = await office.client.get("/admin/audit")
    line = (await office.found(action="person.changed"))[0]
    page = cookie.text
    assert "사용자 정보 변경" in page
    assert "이름: 가 → 나" in page
    assert "kept" not in page
    one = (await office.client.get(f"/admin/audit/{line['id']}")).text
    assert "바꾸기 전" in one
    assert "아니요" in one
    english = await office.client.get("/admin/audit", headers={"accept-language": "en"})
    assert english.status_code == 200


@pytest.mark.parametrize(
    "asked",
    [
        {"person": "nobody-at-all"},
        {"since": "yesterday", "until": "2026-13-40", "kind": "odd", "target": "';--"},
        {"person": "alice", "since": "2026-01-01", "until": "2100-01-01", "action": "auth.login"},
    ],
)
async def test_whatever_is_typed_gets_a_page(office: Office, asked: dict[str, str]) -> None:
    answer = await office.client.get("/admin/audit", params=asked)
    assert answer.status_code == 200
    if asked.get("person") == "alice":
        assert "로그인" in answer.text


async def test_looking_at_somebody_is_a_line_once(office: Office) -> None:
    bob = Person(username="bob", username_key="bob", name="Bob")
    async with committing(office.house.database.unit(Scope(office.company.id))) as unit:
        unit.db.add(bob)
    for person in (bob.id, bob.id, office.company.alice):
        assert (await office.client.get(f"/api/v1/users/{person}")).status_code == 200
    seen = await office.found(kind="personal")
    assert [(line["action"], line["target"]) for line in seen] == [
        ("person.viewed", f"person:{bob.id}")
    ]
