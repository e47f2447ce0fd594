"""`/api/v1/portal` as a client meets it: whatever is sent, a clear answer, and the layout that was
there stays."""

import json
from typing import Any
from uuid import uuid4

import httpx2 as httpx
import pytest
from tests.core.account.conftest import alice, client, company, house, settings, web

__all__ = ["alice", "client", "company", "house", "settings", "web"]

LAYOUT = "/api/v1/portal/layout"
DATA = "/api/v1/portal/data"
STAFF = "core.organization"


def box(**more: Any) -> dict[str, Any]:
    return {"portlet_type": STAFF, "x": 0, "y": 0, "w": 4, "h": 4} | more


async def read(alice: httpx.AsyncClient) -> dict[str, Any]:
    answer = await alice.get(LAYOUT)
    assert answer.status_code == 200
    return dict(answer.json()["data"])


async def put(alice: httpx.AsyncClient, *boxes: Any) -> httpx.Response:
    version = (await read(alice))["version"]
    return await alice.put(LAYOUT, json={"version": version, "portlets": boxes})


class TestLayout:
    async def test_has_the_names_of_the_contract(self, alice: httpx.AsyncClient) -> None:
        layout = await read(alice)
        assert set(layout) == {"version", "portlets"}
        fields = {"id", "portlet_type", "x", "y", "w", "h", "is_visible", "is_locked", "config"}
        added = {"page", "locked", "is_mandatory", "mandatory_until", "is_new"}
        assert [set(placed) for placed in layout["portlets"]] == [fields | added]

    async def test_a_change_is_answered_and_kept(self, alice: httpx.AsyncClient) -> None:
        before = await read(alice)
        answer = await put(alice, {**before["portlets"][0], "y": 7}, box(x=6))
        assert answer.status_code == 200
        changed = answer.json()["data"]
        assert changed == await read(alice)
        assert changed["version"] != before["version"]
        assert [(p["x"], p["y"]) for p in changed["portlets"]] == [(6, 0), (0, 7)]

    async def test_a_stale_one_is_refused(self, alice: httpx.AsyncClient) -> None:
        before = await read(alice)
        changed = (await put(alice, box(x=6))).json()["data"]
        answer = await alice.put(LAYOUT, json=before)
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "LAYOUT_CHANGED")
        assert await read(alice) == changed

    @pytest.mark.parametrize(
        ("boxes", "code"),
        [
            ([box(), box(x=2)], "LAYOUT_INVALID"),
            ([box(x=-1)], "LAYOUT_INVALID"),
            ([box(y=-1)], "LAYOUT_INVALID"),
            ([box(h=0)], "LAYOUT_INVALID"),
            ([box(x=9)], "LAYOUT_INVALID"),
            ([box(y=10**30)], "LAYOUT_INVALID"),
            ([box(x=2**31)], "LAYOUT_INVALID"),
            ([box(w=2**31)], "LAYOUT_INVALID"),
            ([box(h=2**63)], "LAYOUT_INVALID"),
            ([box(x=-(2**63))], "LAYOUT_INVALID"),
            ([box(y=1e308)], "VALIDATION_FAILED"),
            ([box(config={"count": 1e308})], "VALIDATION_FAILED"),
            ([box(config={"text": "\0"})], "VALIDATION_FAILED"),
            ([box(portlet_type="\0")], "VALIDATION_FAILED"),
            ([box(portlet_type="<script>alert(1)</script>")], "VALIDATION_FAILED"),
            ([box(page="x")], "VALIDATION_FAILED"),
            ([box(locked=["everything"])], "VALIDATION_FAILED"),
            ([box(mandatory_until="yesterday")], "VALIDATION_FAILED"),
            ([box(y=4 * i) for i in range(200)], "LAYOUT_INVALID"),
            ([box(is_visible=False) for _ in range(200)], "LAYOUT_INVALID"),
            ([box(id=str(uuid4()))] * 2, "LAYOUT_INVALID"),
            ([box(portlet_type="no.such")], "VALIDATION_FAILED"),
            ([box(x="0")], "VALIDATION_FAILED"),
            ([box(x=True)], "VALIDATION_FAILED"),
            ([box(x=0.5)], "VALIDATION_FAILED"),
            ([box(colour="red")], "VALIDATION_FAILED"),
            ([box(config={"count": 3})], "VALIDATION_FAILED"),
            ([box(config=[])], "VALIDATION_FAILED"),
            ([box(id="1")], "VALIDATION_FAILED"),
            ([None], "VALIDATION_FAILED"),
        ],
        ids=lambda value: str(value)[:40],
    )
    async def test_what_does_not_fit_changes_nothing(
        self, alice: httpx.AsyncClient, boxes: list[Any], code: str
    ) -> None:
        before = await read(alice)
        answer = await put(alice, *boxes)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
        assert await read(alice) == before

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
    async def test_what_is_no_number_is_refused(
        self, alice: httpx.AsyncClient, number: str
    ) -> None:
        before = await read(alice)
        sent = json.dumps({"version": before["version"], "portlets": [box(y="N")]})
        answer = await alice.put(
            LAYOUT,
            content=sent.replace('"N"', number),
            headers={"Content-Type": "application/json"},
        )
        assert answer.status_code in {400, 422}
        assert answer.json()["error"]["code"] in {"MALFORMED_BODY", "VALIDATION_FAILED"}
        assert await read(alice) == before

    async def test_settings_that_do_not_fit_are_named(self, alice: httpx.AsyncClient) -> None:
        answer = await put(alice, box(config={"count": 3}))
        fields = answer.json()["error"]["details"]["fields"]
        assert [(f["path"], f["code"]) for f in fields] == [
            ("portlets.0.config.count", "extra_forbidden")
        ]

    async def test_needs_its_version(self, alice: httpx.AsyncClient) -> None:
        assert (await alice.put(LAYOUT, json={"portlets": []})).status_code == 422

    async def test_is_for_people(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(LAYOUT)).status_code == 401


class TestData:
    async def test_has_the_names_of_the_contract(self, alice: httpx.AsyncClient) -> None:
        placed = (await read(alice))["portlets"][0]["id"]
        for query in ("", f"?placement={placed}"):
            data = (await alice.get(f"{DATA}/{STAFF}{query}")).json()["data"]
            assert data["type"] == STAFF
            assert data["state"] == "ok"
            assert {"type", "title", "state", "age_seconds", "content"} <= set(data)

    async def test_unknown_ones(self, alice: httpx.AsyncClient) -> None:
        for path in ("no.such", "x", f"{STAFF}?placement={uuid4()}"):
            answer = await alice.get(f"{DATA}/{path}")
            assert (answer.status_code, answer.json()["error"]["code"]) == (
                404,
                "PORTLET_NOT_FOUND",
            ), path

    async def test_sizes_are_kept_within_what_the_type_allows(
        self, alice: httpx.AsyncClient
    ) -> None:
        changed = (await put(alice, box(w=1, h=1), box(x=4, w=8, h=20))).json()["data"]
        assert [(p["w"], p["h"]) for p in changed["portlets"]] == [(3, 3), (8, 16)]

    async def test_nobody_locks_what_is_their_own(self, alice: httpx.AsyncClient) -> None:
        changed = (await put(alice, box(is_locked=True, is_mandatory=True))).json()["data"]
        assert [(p["is_locked"], p["is_mandatory"]) for p in changed["portlets"]] == [
            (False, False)
        ]


class TestPages:
    async def test_are_opened_named_ordered_and_closed(self, alice: httpx.AsyncClient) -> None:
        pages = "/api/v1/portal/pages"
        first, second = (await alice.post(pages, json={"title": "둘째"})).json()["data"][:2]
        assert (first["is_first"], second["title"]) == (True, "둘째")
        here = f"{LAYOUT}?page={second['id']}"
        version = (await alice.get(here)).json()["data"]["version"]
        sent = {"version": version, "portlets": [box()]}
        assert (await alice.put(here, json=sent)).status_code == 200
        assert len((await read(alice))["portlets"]) == 1
        renamed = await alice.put(f"{pages}/{second['id']}", json={"title": "<b>"})
        assert renamed.json()["data"][1] == second | {"title": "<b>", "portlets": 1}
        order = [second["id"], first["id"]]
        moved = (await alice.put(pages, json={"pages": order})).json()["data"]
        assert [one["id"] for one in moved] == order
        left = (await alice.delete(f"{pages}/{second['id']}")).json()["data"]
        assert [one["id"] for one in left] == [first["id"]]
        assert (await alice.get(here)).json()["error"]["code"] == "PORTAL_PAGE_NOT_FOUND"
        await alice.post("/api/v1/portal/layout/undo")
        assert len((await alice.get(here)).json()["data"]["portlets"]) == 1

    async def test_what_can_not_be(self, alice: httpx.AsyncClient) -> None:
        pages = "/api/v1/portal/pages"
        first = (await alice.get(pages)).json()["data"][0]["id"]
        assert (await alice.delete(f"{pages}/{first}")).status_code == 422
        assert (await alice.put(f"{pages}/{uuid4()}", json={"title": "x"})).status_code == 404
        assert (await alice.put(pages, json={"pages": [first, first]})).status_code == 404
        assert (await alice.post(pages, json={"title": "x" * 61})).status_code == 422
        for i in range(12):
            last = await alice.post(pages, json={"title": str(i)})
        assert last.json()["error"]["code"] == "LAYOUT_INVALID"


class TestHistory:
    async def test_each_change_is_taken_back_one_after_another(
        self, alice: httpx.AsyncClient
    ) -> None:
        states = [await read(alice)]
        for x in (1, 2, 3):
            states.append((await put(alice, {**states[0]["portlets"][0], "x": x})).json()["data"])
        for before in (states[2], states[1], states[0]):
            assert (await alice.post(f"{LAYOUT}/undo")).status_code == 200
            assert await read(alice) == before
        answer = await alice.post(f"{LAYOUT}/undo")
        assert answer.json()["error"]["code"] == "NOTHING_TO_UNDO"
        await put(alice, {**states[0]["portlets"][0], "x": 5})
        await alice.post(f"{LAYOUT}/undo")
        assert await read(alice) == states[0]

    async def test_any_version_can_be_gone_back_to_and_few_are_kept(
        self, alice: httpx.AsyncClient
    ) -> None:
        placed = (await read(alice))["portlets"][0]
        for y in range(30):
            await put(alice, {**placed, "y": y})
        lines = (await alice.get(f"{LAYOUT}/history")).json()["data"]
        assert len(lines) == 20
        assert [one["is_now"] for one in lines] == [True] + [False] * 19
        restored = await alice.post(f"{LAYOUT}/history/{lines[4]['number']}/restore")
        assert restored.status_code == 200
        assert (await read(alice))["portlets"][0]["y"] == 25
        gone = await alice.post(f"{LAYOUT}/history/1/restore")
        assert gone.json()["error"]["code"] == "LAYOUT_REVISION_NOT_FOUND"

    async def test_all_changes_are_forgotten_at_once(self, alice: httpx.AsyncClient) -> None:
        before = await read(alice)
        await put(alice, box(x=6))
        assert (await alice.delete(LAYOUT)).json()["data"] == before


class TestPacks:
    async def test_an_export_is_imported_elsewhere(
        self, alice: httpx.AsyncClient, client: httpx.AsyncClient
    ) -> None:
        await put(alice, box(x=6), box(x=0))
        await alice.post("/api/v1/portal/pages", json={"title": "Two"})
        pack = (await alice.get(f"{LAYOUT}/export")).json()["data"]
        seen = await read(alice)
        await alice.delete(LAYOUT)
        pack["pages"][0]["portlets"].append(box(y=40, portlet_type="gone.away"))
        told = (await alice.post(f"{LAYOUT}/import", json=pack)).json()["data"]
        assert told == {"portlets": 2, "pages": 2, "left_out": ["gone.away"], "reset": []}
        places = [(p["x"], p["y"], p["w"]) for p in (await read(alice))["portlets"]]
        assert places == [(p["x"], p["y"], p["w"]) for p in seen["portlets"]]

    @pytest.mark.parametrize(
        "pack",
        [
            {},
            {"pages": []},
            {"pages": [{"portlets": [box(), box()]}]},
            {"pages": [{"portlets": [box(y=2**63)]}]},
            {"pages": [{"portlets": [box(w=-1)]}]},
            {"pages": [{"title": "x" * 61, "portlets": []}]},
            {"pages": [{"portlets": [box(id="1")]}]},
            {"pages": [{"portlets": [box(y=4 * i) for i in range(61)]}]},
            {"pages": [{"portlets": []}] * 13},
            {"format": "other", "pages": [{"portlets": []}]},
        ],
        ids=lambda value: str(value)[:40],
    )
    async def test_what_is_none_is_refused(self, alice: httpx.AsyncClient, pack: Any) -> None:
        before = await read(alice)
        assert (await alice.post(f"{LAYOUT}/import", json=pack)).status_code == 422
        assert await read(alice) == before
