"""`/api/v1/portal` as a client meets it: whatever is sent, a clear answer, and the layout that was
there stays."""

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
        assert [set(placed) for placed in layout["portlets"]] == [fields]

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
