"""One portal page for several tenants: tried, published with its result for each, told in both
trails, by operators and by the command line."""

import asyncio
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from tests.core.operators.browsing import hire, sent, with_password
from tests.core.operators.conftest import World, code
from tests.core.operators.test_commands import Type, typed
from tests.core.operators.test_tenants import TASKS, TENANTS, Tenant, until

from maru.cli.layouts import command as layouts
from maru.db.scope import Scope
from maru_sdk.db import uuid7

__all__ = ["typed"]

STAFF = "core.organization"
PACK: dict[str, Any] = {
    "format": "maru-layout-1",
    "pages": [
        {"portlets": [{"portlet_type": STAFF, "x": 6, "y": 3, "w": 4, "h": 5}]},
        {"title": "<b>둘째</b>", "portlets": [
            {"portlet_type": STAFF, "x": 0, "y": 0, "w": 3, "h": 5},
            {"portlet_type": "gone.away", "x": 3, "y": 0, "w": 3, "h": 5},
        ]},
    ],
}  # fmt: skip


@pytest.fixture
async def pair(world: World, operator: httpx.AsyncClient, tenant: Tenant) -> list[Tenant]:
    """Two tenants of this test."""
    body = {"slug": f"t{uuid7().hex[-12:]}", "name": "나루"}
    other = (await operator.post(TENANTS, json=body)).json()["data"]
    await world.house.signals.poll()
    return [tenant, dict(other)]


async def ended(operator: httpx.AsyncClient, tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    async def look() -> list[dict[str, Any]]:
        answers = [await operator.get(f"{TASKS}/{task['id']}") for task in tasks]
        return [answer.json()["data"] for answer in answers]

    async def over() -> bool:
        return all(task["state"] in {"done", "failed"} for task in await look())

    await until(over)
    return await look()


async def apply(operator: httpx.AsyncClient, tenants: list[Tenant], **more: Any) -> Any:
    body = {"pack": PACK, "tenants": [one["slug"] for one in tenants], **more}
    answer = await operator.post("/api/v1/operator/layouts", json=body)
    assert answer.status_code == 202, answer.text
    return await ended(operator, answer.json()["data"])


async def published(world: World, tenant: Tenant) -> Any:
    """The layer of the tenant."""
    sql = "SELECT differences::text FROM maru.portal_layout WHERE tenant_id = :id"
    async with world.house.database.unit(Scope(UUID(tenant["id"]))) as unit:
        found = (await unit.db.execute(sa.text(sql), {"id": tenant["id"]})).scalar()
    return None if found is None else json.loads(found)


async def test_what_would_change_is_said_and_nothing_is(
    world: World, operator: httpx.AsyncClient, pair: list[Tenant]
) -> None:
    tasks = await apply(operator, pair, dry_run=True)
    for task in tasks:
        assert task["state"] == "done", task
        result = task["result"]
        assert result["dry_run"] is True
        told = {name: result[name] for name in ("portlets", "added", "removed", "changed")}
        assert told == {"portlets": 2, "added": 1, "removed": 0, "changed": 1}
        assert result["left_out"] == ["gone.away"]
    assert [await published(world, one) for one in pair] == [None, None]


async def test_is_published_in_each_and_told_in_both_trails(
    world: World, operator: httpx.AsyncClient, pair: list[Tenant]
) -> None:
    tasks = await apply(operator, pair)
    assert [task["slug"] for task in tasks] == [one["slug"] for one in pair]
    assert all(task["result"]["dry_run"] is False for task in tasks)
    for one in pair:
        layer = await published(world, one)
        assert [tab["title"] for tab in layer["pages"]] == ["<b>둘째</b>"]
        said = "action = 'layout.published' AND operator = 'root'"
        for table, column in (("operator_audit", "tenant"), ("audit", "tenant_id")):
            counted = f"SELECT count(*) FROM maru.{table} WHERE {said} AND {column} = :id"
            assert await world.sql(counted, id=one["id"]) == 1
    again = await apply(operator, pair[:1])
    assert (again[0]["result"]["added"], again[0]["result"]["removed"]) == (1, 1)


async def test_one_that_fails_leaves_the_others(
    world: World, operator: httpx.AsyncClient, pair: list[Tenant]
) -> None:
    tasks = await apply(operator, pair, role="nobody")
    assert {(task["state"], task["error"]["code"]) for task in tasks} == {
        ("failed", "ROLE_NOT_FOUND")
    }
    assert [await published(world, one) for one in pair] == [None, None]
    listed = (await operator.get(f"{TASKS}?limit=2")).json()["data"]
    assert [one["error"] for one in listed] == [task["error"] for task in tasks]
    assert set(listed[0]["error"]) == {"code", "message"}
    tasks = await apply(operator, pair[:1], role="manager")
    assert tasks[0]["state"] == "done"


@pytest.mark.parametrize(
    "body",
    [
        {"tenants": ["no-such"]},
        {"tenants": []},
        {"pack": {"pages": []}},
        {"pack": {"pages": [{"portlets": [{"portlet_type": STAFF}]}]}},
    ],
    ids=str,
)
async def test_what_can_not_be_is_refused(
    operator: httpx.AsyncClient, tenant: Tenant, body: dict[str, Any]
) -> None:
    asked = {"pack": PACK, "tenants": [tenant["slug"]], **body}
    answer = await operator.post("/api/v1/operator/layouts", json=asked)
    assert code(answer) == (422, "VALIDATION_FAILED")


async def test_the_page_tries_and_shows_what_became_of_it(
    world: World, operator: httpx.AsyncClient, pair: list[Tenant]
) -> None:
    name = await hire(world.system, world.house.sessions.passwords, f"o{uuid7().hex[-8:]}")
    here = "/operator/layouts"
    async with world.client() as client:
        assert (await with_password(client, name)).status_code == 303
        form = {"pack": json.dumps(PACK), "tenants": pair[0]["slug"], "dry_run": "true"}
        assert (await sent(client, here, here, form)).status_code == 303
        assert "나루" in (await client.get(here)).text

        async def tried() -> bool:
            page = (await client.get(here)).text
            shown = page.count(f'<code class="title">{pair[0]["slug"]}')
            return shown == 1 and "gone.away" in page

        await until(tried)
        assert await published(world, pair[0]) is None
        for wrong in ({"pack": "{"}, {"tenants": "nobody"}):
            refused = await sent(client, here, here, form | wrong)
            assert refused.status_code == 422, wrong
            assert "gone.away" in refused.text


async def test_the_command_line_does_the_same(
    world: World, typed: Type, pair: list[Tenant], tmp_path: Path
) -> None:
    file = tmp_path / "page.json"
    await asyncio.to_thread(file.write_text, json.dumps(PACK))
    slugs = [one["slug"] for one in pair]
    words = ["apply", str(file), *(word for slug in slugs for word in ("--tenant", slug))]
    tried = await typed(layouts, *words, "--dry-run")
    assert tried.exit_code == 0, tried.output
    line = "would take over 2 portlets (1 added, 0 removed, 1 changed); not here: gone.away"
    assert [f"{slug}: {line}" for slug in slugs] == tried.output.splitlines()
    assert [await published(world, one) for one in pair] == [None, None]
    assert (await typed(layouts, *words)).exit_code == 0
    assert None not in [await published(world, one) for one in pair]
    told = await typed(layouts, "export", "--tenant", slugs[0])
    pack = json.loads(told.output)
    assert [page["title"] for page in pack["pages"]] == ["", "<b>둘째</b>"]
    role = await typed(layouts, *words, "--role", "nobody")
    assert (role.exit_code, "has no role nobody" in role.output) == (1, True)
    await asyncio.to_thread(file.write_text, "{")
    assert (await typed(layouts, *words)).exit_code == 1
