"""How a person likes the pages: language, zone, theme and start page, kept with the person."""

import re
from typing import Any

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from tests.core.account.conftest import BASE, slug_of
from tests.core.identity.company import PASSWORD, Company

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House
from maru.identity.models import Person
from maru_sdk.db import col

ME = "/api/v1/users/me"


async def changed(client: httpx.AsyncClient, **body: Any) -> httpx.Response:
    return await client.put(ME, json=body)


class TestApi:
    async def test_theme_and_start_page_are_kept(self, alice: httpx.AsyncClient) -> None:
        answer = await changed(alice, theme="dark", start_page="/organization")
        assert answer.status_code == 200
        me = (await alice.get(ME)).json()["data"]
        assert (me["theme"], me["start_page"]) == ("dark", "/organization")

    @pytest.mark.parametrize(
        "start", ["https://evil.example", "//evil.example", "/admin/audit", "/no/such", "x", "/\\e"]
    )
    async def test_only_what_one_may_open(self, alice: httpx.AsyncClient, start: str) -> None:
        answer = await changed(alice, start_page=start)
        assert answer.status_code == 422
        assert answer.json()["error"]["details"]["fields"][0]["path"] == "start_page"

    async def test_no_other_theme(self, alice: httpx.AsyncClient) -> None:
        assert (await changed(alice, theme="pink")).status_code == 422


class TestPages:
    async def test_theme_holds_on_every_device(self, alice: httpx.AsyncClient) -> None:
        await changed(alice, theme="dark")
        assert 'data-theme="dark"' in (await alice.get("/preferences")).text
        await changed(alice, theme="system")
        assert "data-theme=" not in (await alice.get("/preferences")).text

    async def test_form_offers_what_one_may_open(self, alice: httpx.AsyncClient) -> None:
        shown = (await alice.get("/preferences")).text
        assert '<option value="/organization">' in shown
        assert "/admin/people" not in shown
        assert re.search(r'<option value="Asia/Seoul"[^>]*>[^<]+\(UTC\+09:00\)', shown)

    async def test_form_keeps_it_and_says_so_in_the_new_language(
        self, alice: httpx.AsyncClient
    ) -> None:
        form = {
            "locale": "en",
            "timezone": "Europe/Berlin",
            "theme": "light",
            "start_page": "/organization",
        }
        answer = await alice.post("/preferences/settings", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/preferences")
        me = (await alice.get(ME)).json()["data"]
        assert {name: me[name] for name in form} == form
        shown = (await alice.get("/preferences")).text
        assert "Saved." in shown
        assert 'data-theme="light"' in shown

    async def test_refused_form_keeps_what_was_typed(self, alice: httpx.AsyncClient) -> None:
        form = {"locale": "en", "timezone": "Mars/Olympus", "theme": "dark", "start_page": "/"}
        answer = await alice.post("/preferences/settings", data=form)
        assert answer.status_code == 422
        assert '<option value="dark" selected>' in answer.text


class TestStart:
    def browser(self, web: httpx.ASGITransport, company: Company) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=web, base_url=f"http://{slug_of(company)}.{BASE}")

    async def entered(self, client: httpx.AsyncClient) -> str:
        page = (await client.get("/login")).text
        (token,) = set(re.findall(r'name="_csrf" value="([^"]+)"', page))
        form = {"username": "alice", "password": PASSWORD, "_csrf": token, "next": "/"}
        return str((await client.post("/login", data=form)).headers["location"])

    async def test_signing_in_and_the_sites_address_lead_there(
        self, web: httpx.ASGITransport, company: Company, alice: httpx.AsyncClient
    ) -> None:
        await changed(alice, start_page="/organization")
        async with self.browser(web, company) as browser:
            assert await self.entered(browser) == "/portal/start"
            answer = await browser.get("/portal/start")
            assert answer.headers["location"] == "/organization"
            typed = await browser.get("/", headers={"sec-fetch-site": "none"})
            assert typed.headers["location"] == "/portal/start"
            linked = await browser.get("/", headers={"sec-fetch-site": "same-origin"})
            assert linked.status_code == 200

    async def test_without_a_choice_it_is_the_portal(
        self, web: httpx.ASGITransport, company: Company, alice: httpx.AsyncClient
    ) -> None:
        async with self.browser(web, company) as browser:
            assert await self.entered(browser) == "/"
            assert (await browser.get("/", headers={"sec-fetch-site": "none"})).status_code == 200

    async def test_what_may_no_longer_be_opened_gives_way_to_the_portal(
        self, house: House, company: Company, alice: httpx.AsyncClient
    ) -> None:
        was = sa.update(Person).where(col(Person.id) == company.alice)
        async with committing(house.database.unit(Scope(company.id))) as unit:
            await (await unit.session()).execute(was.values(start_page="/admin/people"))
            await house.people.changed(unit, company.alice)
        assert (await alice.get("/portal/start")).headers["location"] == "/"
        assert '<option value="/" selected>' in (await alice.get("/preferences")).text
