"""A layer that can't be read doesn't close the portal, and nothing writes over it; what is left of
plugins that are off is cleaned up by those who may."""

from typing import Any

import httpx2 as httpx
import orjson
import pytest
from sqlalchemy import text
from tests.core.portal.test_admin_layouts import ADMIN, GOOD, LAYOUT, People, data, of, people, put
from tests.core.portal.test_admin_layouts import read as layout_of

__all__ = ["people"]

DAMAGED: list[Any] = [
    [],
    7,
    "{",
    None,
    {"changed": []},
    {"changed": {"x": {"y": 1}}},
    {"added": {}},
    {"added": [{"portlet_type": 3}]},
    {"order": ["of", "an", "older", "version"]},
]


async def spoil(people: People, kind: str, stored: Any, column: str = "differences") -> None:
    """What a layer would be after a fault, or of another version's shape."""
    async with people.eight.company.context() as ctx:
        sql = f"UPDATE maru.portal_layout SET {column} = CAST(:raw AS jsonb) WHERE owner_kind = :k"
        done = await ctx.db.execute(text(sql), {"raw": orjson.dumps(stored).decode(), "k": kind})
        assert done.rowcount == 1  # type: ignore[attr-defined]


async def stored(people: People, kind: str) -> Any:
    async with people.eight.company.context() as ctx:
        sql = text("SELECT differences FROM maru.portal_layout WHERE owner_kind = :k")
        return (await ctx.db.execute(sql, {"k": kind})).scalar_one()


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


class TestOwn:
    @pytest.mark.parametrize("raw", DAMAGED, ids=lambda raw: str(raw)[:30])
    async def test_falls_back_says_so_and_is_not_written_over(
        self, people: People, raw: Any
    ) -> None:
        before = await layout_of(people.member)
        assert (await put(people.member, LAYOUT, {"y": 90}, GOOD)).is_success
        await spoil(people, "person", raw)
        assert await layout_of(people.member) == before
        async with people.eight.browser() as browser:
            page = await browser.get("/")
            assert 'id="damaged"' in page.text
            assert GOOD in page.text
            assert (await browser.get("/?safe=1")).status_code == 200
            assert (await browser.get("/portal/history")).status_code == 200
        for answer in (
            await put(people.member, LAYOUT, {"y": 70}, GOOD),
            await people.member.post("/api/v1/portal/pages", json={"title": "x"}),
        ):
            assert refused(answer) == (409, "LAYOUT_DAMAGED")
        assert await stored(people, "person") == raw

    async def test_the_history_leads_back_and_keeps_what_was_damaged(self, people: People) -> None:
        for y in (90, 95):
            await put(people.member, LAYOUT, {"y": y}, GOOD)
        await spoil(people, "person", {"added": 1})
        lines = await data(await people.member.get(f"{LAYOUT}/history"))
        back = f"{LAYOUT}/history/{lines[1]['number']}/restore"
        assert (await people.member.post(back)).is_success
        assert of(await layout_of(people.member), GOOD)["y"] == 90
        await spoil(people, "person", {"added": 1})
        assert (await people.member.delete(LAYOUT)).is_success
        assert (await put(people.member, LAYOUT, {"y": 70}, GOOD)).is_success


class TestOfAdmins:
    async def test_people_see_what_is_below_and_admins_are_told(self, people: People) -> None:
        before = await layout_of(people.member)
        role = await people.role("member")
        for scope, y in ((f"{ADMIN}/tenant", 40), (role, 50)):
            await put(people.admin, scope, {"y": y}, GOOD)
            await people.admin.post(f"{scope}/publish")
        await spoil(people, "tenant", [1])
        assert of(await layout_of(people.member), GOOD)["y"] == 50  # the role's
        await spoil(people, "role", {"closed": 1})
        assert await layout_of(people.member) == before
        layers = await data(await people.admin.get(ADMIN))
        assert {one["is_damaged"] for one in layers if one["is_published"]} == {True}
        found = await data(await people.admin.get(f"{ADMIN}/damaged"))
        assert sorted(one["kind"] for one in found) == ["role", "tenant"]
        async with people.eight.browser("admin") as browser:
            assert 'id="damaged-below"' in (await browser.get("/")).text
            for path in ("", "/damaged", "/tenant", role.removeprefix(ADMIN)):
                page = await browser.get(f"/admin/layouts{path}")
                assert page.status_code == 200, page.text
        async with people.eight.browser() as browser:
            assert 'id="damaged' not in (await browser.get("/")).text
        assert refused(await put(people.admin, role, {"y": 70}, GOOD)) == (409, "LAYOUT_DAMAGED")
        assert (await people.admin.post(f"{role}/undo")).is_success

    async def test_a_damaged_draft_is_not_published(self, people: People) -> None:
        scope = f"{ADMIN}/tenant"
        await put(people.admin, scope, {"y": 40}, GOOD)
        await spoil(people, "tenant", {"met": 1}, "draft")
        assert refused(await people.admin.post(f"{scope}/publish")) == (409, "LAYOUT_DAMAGED")
        assert (await people.admin.post(f"{scope}/discard")).is_success
        assert (await put(people.admin, scope, {"y": 40}, GOOD)).is_success

    async def test_is_for_admins_alone(self, people: People) -> None:
        assert (await people.member.get(f"{ADMIN}/damaged")).status_code == 403
        assert (await people.member.delete(f"{ADMIN}/orphans")).status_code == 403


class TestOrphans:
    async def test_are_taken_out_of_every_layer_and_can_be_gone_back_to(
        self, people: People
    ) -> None:
        scope, company = f"{ADMIN}/tenant", people.eight.company
        more = {"portlet_type": GOOD, "x": 0, "y": 200, "w": 3, "h": 2}
        layout = await layout_of(people.member)
        layout["portlets"].append(more)
        assert (await people.member.put(LAYOUT, json=layout)).is_success
        await put(people.member, LAYOUT, {"y": 90}, "eight.good_2")
        await put(people.admin, scope, {"y": 40}, "eight.good_2")
        await company.disable("eight")
        try:
            found = await data(await people.admin.get(f"{ADMIN}/orphans"))
            names = {one["portlet_type"]: one["layers"] for one in found}
            assert names == {GOOD: 1, "eight.good_2": 1}
            one = f"{ADMIN}/orphans?portlet_type={GOOD}"
            assert await data(await people.admin.delete(one)) == {"layers": 1}
            assert refused(await people.admin.delete(one)) == (404, "NOT_FOUND")
            assert await data(await people.admin.delete(f"{ADMIN}/orphans")) == {"layers": 2}
            assert await data(await people.admin.get(f"{ADMIN}/orphans")) == []
            left = await layout_of(people.member, f"{LAYOUT}?orphans=true")
            assert [one["portlet_type"] for one in left["portlets"]] == ["core.organization"]
        finally:
            await company.enable("eight")
        assert of(await layout_of(people.member), "eight.good_2")["y"] != 90
        for _ in range(2):
            assert (await people.member.post(f"{LAYOUT}/undo")).is_success
        again = await layout_of(people.member)
        assert of(again, "eight.good_2")["y"] == 90
        assert [one["y"] for one in again["portlets"]].count(200) == 1

    async def test_nothing_of_a_plugin_that_is_on_is_touched(self, people: People) -> None:
        await put(people.member, LAYOUT, {"y": 90}, GOOD)
        assert await data(await people.admin.delete(f"{ADMIN}/orphans")) == {"layers": 0}
        kept = f"{ADMIN}/orphans?portlet_type={GOOD}"
        assert (await people.admin.delete(kept)).status_code == 404
        assert of(await layout_of(people.member), GOOD)["y"] == 90
