"""What an event makes old is old with its commit; open pages hear of it, and drawing it costs one
computation however many ask."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from tests.core.portal.conftest import Eight

from maru.db.unit import Unit

SHOWN = "/portal/fragment/eight.shown"
Notice = tuple[str, str, Mapping[str, Any]]


class Heard:
    """Keeps what would be told."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    async def send(
        self, unit: Unit, tenant_id: UUID, room: str, event: str, data: Mapping[str, Any]
    ) -> None:
        async def commit() -> None:
            self.notices.append((room, event, data))

        unit.on_commit(commit)


@pytest.fixture
def heard(eight: Eight, monkeypatch: pytest.MonkeyPatch) -> Heard:
    """What the company's pages hear."""
    made = Heard()
    monkeypatch.setattr(eight.company.kit.house.services.events, "_told", made)
    return made


class TestNotices:
    async def test_one_for_each_portlet_that_waits_for_the_event(
        self, eight: Eight, heard: Heard
    ) -> None:
        await eight.publish("second", times=3)
        assert [(room, event) for room, event, _ in heard.notices] == [("portal", "portlet")] * 2
        first, second = (data for _, _, data in heard.notices)
        assert (first["type"], first["within"], first["of"]) == ("eight.shown", 4.0, 2)
        assert (second["type"], second["within"], second["of"]) == ("eight.also", 20.0, 2)

    async def test_versions_grow(self, eight: Eight, heard: Heard) -> None:
        for text in ("second", "third"):
            await eight.publish(text)
        versions = [data["version"] for _, _, data in heard.notices]
        assert versions == sorted(versions)
        assert len(set(versions)) == 2

    async def test_none_of_what_is_rolled_back(self, eight: Eight, heard: Heard) -> None:
        async def refused() -> None:
            async with eight.company.context() as ctx:
                await ctx.publish(eight.module.Changed())
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await refused()
        assert heard.notices == []

    async def test_none_of_portlets_that_are_off(self, eight: Eight, heard: Heard) -> None:
        await eight.company.disable("eight")
        await eight.publish("second")
        assert heard.notices == []


class TestFragments:
    async def test_one_computation_for_fifty_pages_that_fetch_again(self, eight: Eight) -> None:
        async with eight.browser() as browser:
            await browser.get(SHOWN)
            await eight.publish("second")
            answers = await asyncio.gather(*(browser.get(SHOWN) for _ in range(50)))
        assert {answer.status_code for answer in answers} == {200}
        assert all("<p>second</p>" in answer.text for answer in answers)
        assert eight.module.MADE["shown"] == 2  # the first, and the second for all of them

    async def test_nothing_is_sent_of_what_the_page_has(self, eight: Eight) -> None:
        async with eight.browser() as browser:
            version = (await browser.get(SHOWN)).headers["etag"]
            again = await browser.get(SHOWN, headers={"If-None-Match": version})
            assert (again.status_code, again.content) == (304, b"")
            await eight.publish("second")
            after = await browser.get(SHOWN, headers={"If-None-Match": version})
        assert (after.status_code, after.headers["etag"] != version) == (200, True)

    async def test_the_page_names_address_and_version(self, eight: Eight) -> None:
        async with eight.browser() as browser:
            page = await browser.get("/")
            version = (await browser.get(SHOWN)).headers["etag"]
        assert f'data-live="{SHOWN}"' in page.text
        assert f'data-version="{version.removeprefix("W/").strip(chr(34))}"' in page.text

    async def test_its_forms_can_be_sent(self, eight: Eight) -> None:
        async with eight.browser() as browser:
            fragment = (await browser.get(SHOWN)).text
            token = fragment.partition('name="_csrf" value="')[2].partition('"')[0]
            form = {"locale": "en", "_csrf": token}
            assert (await browser.post("/preferences", data=form)).status_code == 303
            form["_csrf"] = token[:-1] + ("a" if token[-1] != "a" else "b")
            assert (await browser.post("/preferences", data=form)).status_code == 403

    async def test_settings_are_part_of_the_address(self, eight: Eight) -> None:
        async with eight.browser() as browser:
            answer = await browser.get(SHOWN, params={"config": '{"count": 2}'})
            assert "<p>firstfirst</p>" in answer.text
            for wrong in ('{"count": "x"}', '{"other": 1}', "[]", "{", "\\u0000"):
                refused = await browser.get(SHOWN, params={"config": wrong})
                assert refused.status_code == 422, wrong

    async def test_is_for_whom_the_portlet_is(self, eight: Eight) -> None:
        async with eight.company.client() as stranger:
            answer = await stranger.get(SHOWN)
            assert answer.status_code in {303, 401}
        async with eight.browser() as browser:
            assert (await browser.get("/portal/fragment/no.such")).status_code == 404
            await eight.company.disable("eight")
            assert (await browser.get(SHOWN)).status_code == 404
