"""Everything is taken up without being told, once, and goes on where it was interrupted."""

from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx2 import AsyncClient

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.plugins.context import Call, open_call
from maru.search import jobs
from maru.search.index import Index
from maru.search.jobs import enqueue, schedules
from maru.testing import TestKit as House
from maru_sdk import ContextSeed
from maru_sdk.search import SearchSource, Wanted
from maru_sdk.testing import Company, Kit

TITLES = tuple(f"알림 {number}" for number in range(5))
EMPTY = ("DELETE FROM maru.search_row", "DELETE FROM maru.search_taken")


@pytest.fixture
def kit(maru: Kit) -> House:
    return cast(House, maru)


@pytest.fixture
async def posts(kit: House, company: Company, admin_client: AsyncClient) -> None:
    """Some posts that the index knows nothing of."""
    made = await admin_client.post("/api/v1/board/boards", json={"name": "자유게시판"})
    board = made.json()["data"]["id"]
    for title in TITLES:
        body = {"board_id": board, "title": title, "content": ""}
        assert (await admin_client.post("/api/v1/board/posts", json=body)).status_code == 201
    await kit.work()
    async with committing(kit.house.database.unit(Scope(company.tenant.id))) as unit:
        for statement in EMPTY:
            await unit.db.execute(sa.text(statement))


@pytest.fixture
def overdue(kit: House, company: Company) -> Callable[[], Awaitable[int]]:
    """What the schedule does; how many jobs that makes."""

    async def look() -> int:
        (schedule,) = schedules(kit.house.search.reindex)
        seed = ContextSeed(tenant=company.tenant.id, plugin="search")
        async with open_call(kit.house.services, seed) as call:
            await schedule.function(call.ctx("search"))
        return await kit.work()

    return look


async def found(client: AsyncClient) -> set[str]:
    answer = await client.get("/api/v1/search", params={"q": "알림"})
    return {one["title"] for one in answer.json()["data"]}


async def test_what_search_hears_of_is_said_in_the_readers_language(
    admin_client: AsyncClient,
) -> None:
    for language, said in (("ko", "바뀐 내용을 검색에 반영합니다"), ("en", "Has search take up")):
        answer = await admin_client.get(
            "/api/v1/admin/events/listeners", headers={"Accept-Language": language}
        )
        assert any(one["about"].startswith(said) for one in answer.json()["data"]), language


@pytest.mark.usefixtures("posts")
async def test_what_was_never_taken_up_is_and_only_once(
    client: AsyncClient, overdue: Callable[[], Awaitable[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await found(client) == set()
    assert await overdue() >= 1
    assert await found(client) == set(TITLES)
    assert await overdue() == 0
    monkeypatch.setattr(jobs, "GENERATION", jobs.GENERATION + 1)
    assert await overdue() >= 1
    assert await overdue() == 0


@pytest.mark.usefixtures("posts")
async def test_what_is_interrupted_goes_on_where_it_was(
    kit: House, company: Company, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[UUID | None] = []
    part = Index.part

    async def dying(
        index: Index, call: Call, key: str, source: SearchSource, wanted: Wanted, began: Any
    ) -> UUID | None:
        taken.append(wanted.after)
        if len(taken) == 2:
            raise ConnectionResetError
        return await part(index, call, key, source, wanted, began)

    monkeypatch.setattr(Index, "part", dying)
    monkeypatch.setattr(jobs, "PART", 2)
    seed = ContextSeed(tenant=company.tenant.id, plugin="search")
    async with open_call(kit.house.services, seed) as call:
        (job,) = await enqueue(call.ctx("search"), kit.house.search.reindex, ["board"])
    await kit.work()
    assert len(taken) == 2
    assert len(await found(client)) == 2
    async with committing(kit.house.database.unit(Scope(company.tenant.id))) as unit:
        due = "UPDATE maru.job SET due_at = now() WHERE id = :id"
        await unit.db.execute(sa.text(due), {"id": job})
    await kit.work()
    assert await found(client) == set(TITLES)
    assert taken.count(None) == 1
    assert taken[1] == taken[2] is not None
