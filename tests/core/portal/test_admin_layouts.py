"""Admins set what everybody and each role starts from: a draft, then published, then seen by those
whom it reaches, over whatever they have changed themselves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
from sqlalchemy import text
from tests.core.portal.conftest import Eight

LAYOUT = "/api/v1/portal/layout"
ADMIN = "/api/v1/admin/layouts"
Json = dict[str, Any]


async def data(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()["data"]


async def read(client: httpx.AsyncClient, url: str = LAYOUT) -> Json:
    return dict(await data(await client.get(url)))


def of(layout: Json, kind: str) -> Json:
    return next(one for one in layout["portlets"] if one["portlet_type"] == kind)


async def put(client: httpx.AsyncClient, url: str, change: Json, kind: str) -> httpx.Response:
    """One placement changed, all others as they are."""
    layout = await read(client, url)
    layout["portlets"] = [
        one | change if one["portlet_type"] == kind else one for one in layout["portlets"]
    ]
    return await client.put(url, json=layout)


class People:
    """The company's people at their programs."""

    def __init__(self, eight: Eight, **clients: httpx.AsyncClient) -> None:
        self.eight, self.admin, self.member = eight, clients["admin"], clients["member"]

    async def role(self, key: str) -> str:
        """A role's layer."""
        roles = await data(await self.admin.get("/api/v1/admin/roles"))
        return f"{ADMIN}/" + str(next(role["id"] for role in roles if role["key"] == key))


@pytest.fixture
async def people(eight: Eight) -> AsyncIterator[People]:
    """An admin and a member, signed in."""
    async with signed_in(eight) as found:
        yield found


@asynccontextmanager
async def signed_in(eight: Eight) -> AsyncIterator[People]:
    company = eight.company
    async with (
        company.client(company.admin) as admin,
        company.client(company.member) as member,
    ):
        yield People(eight, admin=admin, member=member)


GOOD = "eight.good_1"


class TestPublishing:
    async def test_a_draft_is_nobodys_until_it_is_published(self, people: People) -> None:
        before = await read(people.member)
        scope = f"{ADMIN}/tenant"
        assert (await put(people.admin, scope, {"y": 40}, GOOD)).is_success
        assert of(await read(people.admin, scope), GOOD)["y"] == 40
        assert await read(people.member) == before
        told = await data(await people.admin.post(f"{scope}/publish"))
        assert told == {"changed": True, "people": 3, "arranged": 0}
        assert of(await read(people.member), GOOD)["y"] == 40
        again = await data(await people.admin.post(f"{scope}/publish"))
        assert again["changed"] is False

    async def test_reaches_who_has_changed_something_else(self, people: People) -> None:
        assert (await put(people.member, LAYOUT, {"y": 50}, "eight.good_2")).is_success
        await put(people.admin, f"{ADMIN}/tenant", {"y": 40}, GOOD)
        told = await data(await people.admin.post(f"{ADMIN}/tenant/publish"))
        assert told["arranged"] == 1
        seen = await read(people.member)
        assert (of(seen, GOOD)["y"], of(seen, "eight.good_2")["y"]) == (40, 50)

    async def test_of_several_roles_the_first_counts(self, people: People) -> None:
        manager, member = await people.role("manager"), await people.role("member")
        reach = await data(await people.admin.get(f"{member}/reach"))
        everybody = reach["people"]
        for scope, y in ((member, 60), (manager, 70)):
            await put(people.admin, scope, {"y": y}, GOOD)
            await people.admin.post(f"{scope}/publish")
        assert of(await read(people.member), GOOD)["y"] == 60
        company = people.eight.company
        async with company.client(company.manager) as boss:
            there = of(await read(boss), GOOD)["y"]
            roles = (await data(await boss.get("/api/v1/users/me")))["roles"]
        assert there == (70 if "manager" in roles else 60)
        left = await data(await people.admin.get(f"{member}/reach"))
        assert 1 <= left["people"] <= everybody
        await people.admin.post(f"{member}/undo")
        assert of(await read(people.member), GOOD)["y"] not in {60, 70}

    async def test_what_was_published_is_taken_back(self, people: People) -> None:
        before, scope = await read(people.member), f"{ADMIN}/tenant"
        await put(people.admin, scope, {"y": 40}, GOOD)
        await people.admin.post(f"{scope}/publish")
        await put(people.admin, scope, {"y": 80}, GOOD)
        await data(await people.admin.post(f"{scope}/undo"))
        assert of(await read(people.admin, scope), GOOD)["y"] == 40
        lines = await data(await people.admin.post(f"{scope}/undo"))
        assert [one["is_now"] for one in lines] == [True, False, False]
        assert await read(people.member) == before

    async def test_a_draft_is_discarded(self, people: People) -> None:
        scope = f"{ADMIN}/tenant"
        before = await read(people.admin, scope)
        await put(people.admin, scope, {"y": 40}, GOOD)
        assert await data(await people.admin.post(f"{scope}/discard")) == before

    async def test_is_for_admins_alone(self, people: People) -> None:
        assert (await people.member.get(ADMIN)).status_code == 403
        assert (await people.member.post(f"{ADMIN}/tenant/publish")).status_code == 403
        assert (await people.admin.get(f"{ADMIN}/{uuid4()}")).status_code == 404
        assert (await people.admin.get(f"{ADMIN}/nobody")).status_code == 404


class TestLocks:
    async def test_what_is_locked_stays_and_whoever_changes_it_is_told(
        self, people: People
    ) -> None:
        scope = f"{ADMIN}/tenant"
        await put(people.admin, scope, {"y": 40, "locked": ["place"]}, GOOD)
        await people.admin.post(f"{scope}/publish")
        refused = await put(people.member, LAYOUT, {"y": 0, "x": 9}, GOOD)
        assert refused.json()["error"]["code"] == "LAYOUT_INVALID"
        assert (await put(people.member, LAYOUT, {"h": 4}, GOOD)).is_success
        assert (
            of(await read(people.member), GOOD)["y"],
            of(await read(people.member), GOOD)["h"],
        ) == (40, 4)

    async def test_what_is_mandatory_can_not_be_removed_while_it_is(self, people: People) -> None:
        scope, role = f"{ADMIN}/tenant", await people.role("member")
        mandatory = {"is_mandatory": True, "mandatory_until": "2999-12-31"}
        await put(people.admin, scope, mandatory, GOOD)
        await people.admin.post(f"{scope}/publish")
        for client, url in ((people.member, LAYOUT), (people.admin, role)):
            layout = await read(client, url)
            layout["portlets"] = [p for p in layout["portlets"] if p["portlet_type"] != GOOD]
            assert (await client.put(url, json=layout)).status_code == 422
        await put(people.admin, scope, mandatory | {"mandatory_until": "2000-01-01"}, GOOD)
        await people.admin.post(f"{scope}/publish")
        layout = await read(people.member)
        layout["portlets"] = [p for p in layout["portlets"] if p["portlet_type"] != GOOD]
        assert (await people.member.put(LAYOUT, json=layout)).is_success


class TestWhatChangesUnderneath:
    async def test_settings_that_no_longer_fit_fall_back_and_say_so(self, people: People) -> None:
        assert (
            await put(people.member, LAYOUT, {"config": {"count": 2}}, "eight.shown")
        ).is_success
        await _spoil(people.eight)
        layout = await read(people.member)
        assert of(layout, "eight.shown")["config"] == {"count": "many"}
        placed = of(layout, "eight.shown")["id"]
        answer = await people.member.get(f"/api/v1/portal/data/eight.shown?placement={placed}")
        assert (await data(answer))["content"]["text"] == "first"
        async with people.eight.browser() as browser:
            page = (await browser.get("/")).text
        assert "설정이 더 이상 맞지 않아" in page
        assert (await put(people.member, LAYOUT, {"y": 90}, GOOD)).is_success

    async def test_a_plugin_that_is_off_leaves_a_quiet_place_where_it_was_arranged(
        self, people: People
    ) -> None:
        await put(people.member, LAYOUT, {"y": 90}, GOOD)
        company = people.eight.company
        await company.disable("eight")
        try:
            names = [one["portlet_type"] for one in (await read(people.member))["portlets"]]
            assert names == ["core.organization"]
            async with people.eight.browser() as browser:
                page = (await browser.get("/")).text
            assert page.count("portlet-gone") == 1
            assert f'data-type="{GOOD}"' not in page
            orphans = await data(await people.admin.get(f"{ADMIN}/orphans"))
            assert orphans == [{"portlet_type": GOOD, "layers": 1}]
            assert (await put(people.member, LAYOUT, {"x": 6}, "core.organization")).is_success
            shown = await read(people.member, f"{LAYOUT}?orphans=true")
            assert of(shown, GOOD)["y"] == 90
        finally:
            await company.enable("eight")
        assert of(await read(people.member), GOOD)["y"] == 90

    async def test_what_is_new_is_marked_once(self, people: People) -> None:
        company = people.eight.company
        await company.disable("eight")
        await put(people.member, LAYOUT, {"x": 6}, "core.organization")
        await company.enable("eight")
        news = [one["is_new"] for one in (await read(people.member))["portlets"]]
        assert news.count(True) == len(news) - 1 > 0
        async with people.eight.browser() as browser:
            page = (await browser.get("/")).text
            token = page.partition('name="csrf-token" content="')[2].partition('"')[0]
            answer = await browser.post("/portal/met", data={"_csrf": token})
            assert answer.status_code == 303
        assert not any(one["is_new"] for one in (await read(people.member))["portlets"])

    async def test_safe_shows_cores_portlets_alone(self, people: People) -> None:
        async with people.eight.browser() as browser:
            page = (await browser.get("/?safe=1")).text
        assert 'data-type="core.organization"' in page
        assert 'data-type="eight' not in page


async def _spoil(eight: Eight) -> None:
    """Settings as an older version of the plugin would have left them."""
    async with eight.company.context() as ctx:
        await ctx.db.execute(
            text(
                "UPDATE maru.portal_layout SET differences = "
                'replace(differences::text, \'"count": 2\', \'"count": "many"\')::jsonb'
            )
        )


class TestSettingsOfALayer:
    async def test_an_admin_is_told_which_no_longer_fit_and_they_stay_as_they_are(
        self, people: People
    ) -> None:
        scope = await people.role("member")
        await put(people.admin, scope, {"config": {"count": 2}}, "eight.shown")
        await people.admin.post(f"{scope}/publish")
        await _spoil(people.eight)
        async with people.eight.browser("admin") as browser:
            page = await browser.get(f"/admin/layouts{scope.removeprefix(ADMIN)}")
            assert "설정이 더 이상 맞지 않아" in page.text
            form = await browser.get(
                "/portal/settings/eight.shown", params={"config": '{"count": "many"}'}
            )
            assert form.status_code == 200
        assert (await put(people.admin, scope, {"y": 90}, GOOD)).is_success
        assert of(await read(people.admin, scope), "eight.shown")["config"] == {"count": "many"}
        unfit = {"config": {"count": "more"}}
        assert (await put(people.admin, scope, unfit, "eight.shown")).status_code == 422
        assert (await put(people.admin, scope, {"config": {"count": 3}}, "eight.shown")).is_success


class TestPages:
    async def test_are_drawn(self, people: People) -> None:
        async with people.eight.browser("admin") as browser:
            for path in ("", "/tenant", (await people.role("member")).removeprefix(ADMIN)):
                page = await browser.get(f"/admin/layouts{path}")
                assert page.status_code == 200, page.text
            answer = await browser.get(f"/admin/layouts/as/{people.eight.company.member.id}")
            assert "eight.good_1" in answer.text
            assert "portlet 1" not in answer.text  # a person's own

    async def test_of_the_tenant_are_everybodys(self, people: People) -> None:
        pages = f"{ADMIN}/tenant/pages"
        second = (await data(await people.admin.post(pages, json={"title": "회사"})))[1]["id"]
        await people.admin.post(f"{ADMIN}/tenant/publish")
        mine = await data(await people.member.get("/api/v1/portal/pages"))
        assert [one["title"] for one in mine] == ["", "회사"]
        assert (await people.member.delete(f"/api/v1/portal/pages/{second}")).is_success
        assert len(await data(await people.member.get("/api/v1/portal/pages"))) == 1


class TestPreview:
    async def test_shows_unsaved_settings_or_what_is_wrong_with_them(self, people: People) -> None:
        url = "/api/v1/portal/preview"
        sent = {"portlet_type": "eight.shown", "fields": [["count", "3"]]}
        good = await data(await people.member.post(url, json=sent))
        assert (good["config"], good["errors"]) == ({"count": 3}, {})
        assert "firstfirstfirst" in good["html"]
        sent["fields"] = [["count", "x"]]
        bad = await data(await people.member.post(url, json=sent))
        assert set(bad["errors"]) == {"count"}
        sent["portlet_type"] = "no.such"
        assert (await people.member.post(url, json=sent)).status_code == 404
