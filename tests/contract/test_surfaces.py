"""What a plugin adds is there where it is switched on, and nowhere once it is switched off."""

import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID

import httpx2 as httpx
import pytest
from tests.core.identity.company import PASSWORD, found_company
from tests.plugins.process import migrate_plugins
from tests.plugins.shelf import Shelf

from maru.app import serving
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House, open_house
from maru.observability.log import Journal
from maru.plugins.registry import PluginHost
from maru.settings import Settings

BASE = "maru.test"
SURFACES = (
    "/api/v1/kinds/notes",
    "/api/v1/kinds/part",
    "/api/v1/portal/data/kinds.recent_notes",
    "/kinds",
    "/admin/kinds",
)


@pytest.fixture
def kinds(shelf: Shelf) -> PluginHost:
    """The plugin that declares every kind."""
    shelf.add_kinds()
    host = PluginHost.load({}, path=shelf.path, strict=True)
    sys.modules["maru_kinds.seen"].CALLS.clear()
    return host


@dataclass(frozen=True)
class Web:
    """A web process, and an admin's program in one tenant."""

    house: House
    tenant: UUID
    admin: httpx.AsyncClient

    async def switch(self, word: str) -> httpx.Response:
        return await self.admin.post(f"/api/v1/admin/plugins/kinds/{word}")

    async def statuses(self) -> dict[str, int]:
        return {path: (await self.admin.get(path)).status_code for path in SURFACES}


@pytest.fixture
async def web(settings: Settings, kinds: PluginHost) -> AsyncIterator[Web]:
    await migrate_plugins(settings, kinds)
    async with AsyncExitStack() as stack:
        opened = open_house(settings.model_copy(update={"base_domain": BASE}))
        house = await stack.enter_async_context(opened)
        edge = await stack.enter_async_context(serving(house, Journal("web", "ERROR")))
        company = await found_company(settings, house)
        async with committing(house.database.unit(Scope(company.id))) as unit:
            await house.rights.roles.grant(unit, "admin", "person", company.alice)
        await house.tenants.load()
        base = f"http://t{company.id.hex[:12]}.{BASE}"
        transport = httpx.ASGITransport(edge)
        admin = httpx.AsyncClient(transport=transport, base_url=base)
        await stack.enter_async_context(admin)
        credentials = {"username": "alice", "password": PASSWORD}
        answer = await admin.post("/api/v1/auth/login", json=credentials)
        token = answer.json()["data"]["access_token"]
        admin.headers["authorization"] = f"Bearer {token}"
        yield Web(house, company.id, admin)


async def test_every_surface_follows_the_switch(web: Web) -> None:
    assert set((await web.statuses()).values()) == {404}
    for word, expected in (("enable", 200), ("disable", 404), ("enable", 200)):
        answer = await web.switch(word)
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]["state"] == f"{word}d"
        assert set((await web.statuses()).values()) == {expected}, await web.statuses()


async def test_a_disabled_surface_is_not_found(web: Web) -> None:
    answer = await web.admin.get("/api/v1/kinds/notes")
    assert answer.json()["error"]["code"] == "NOT_FOUND"
    answer = await web.admin.post("/api/v1/kinds/notes", json={"text": "x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


async def test_navigation_shows_it_where_it_is_on(web: Web) -> None:
    assert 'href="/kinds/"' not in (await web.admin.get("/admin/plugins")).text
    await web.switch("enable")
    page = await web.admin.get("/admin/plugins")
    assert page.status_code == 200
    assert 'href="/kinds/"' in page.text
    await web.switch("disable")
    assert 'href="/kinds/"' not in (await web.admin.get("/admin/plugins")).text


async def test_a_note_is_written_refused_and_read(web: Web) -> None:
    await web.switch("enable")
    made = await web.admin.post("/api/v1/kinds/notes", json={"text": "안녕하세요"})
    assert made.status_code == 201, made.text
    refused = await web.admin.post("/api/v1/kinds/notes", json={"text": "damn"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "KINDS_WORD_REFUSED")
    listed = await web.admin.get("/api/v1/kinds/notes")
    assert [note["text"] for note in listed.json()["data"]] == ["안녕하세요", "welcome"]
    note = made.json()["data"]["id"]
    assert (await web.admin.delete(f"/api/v1/kinds/notes/{note}")).status_code == 200
    gone = await web.admin.get(f"/api/v1/kinds/notes/{note}")
    assert gone.json()["error"]["code"] == "KINDS_NOTE_NOT_FOUND"


async def test_the_api_of_plugins(web: Web) -> None:
    listed = (await web.admin.get("/api/v1/admin/plugins")).json()["data"]
    kinds = next(one for one in listed if one["key"] == "kinds")
    assert kinds["state"] == "disabled"
    assert {"key", "name", "version", "state", "reason", "needs", "needed_by", "generation"} <= (
        kinds.keys()
    )
    unknown = await web.admin.post("/api/v1/admin/plugins/nothing/enable")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "PLUGIN_NOT_FOUND")
    core = await web.admin.post("/api/v1/admin/plugins/admin/disable")
    assert (core.status_code, core.json()["error"]["code"]) == (409, "PLUGIN_ALWAYS_ON")
    nobody = await web.admin.get("/api/v1/admin/plugins", headers={"authorization": ""})
    assert nobody.status_code == 401
