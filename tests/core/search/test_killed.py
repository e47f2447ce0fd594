"""Worker and scheduler in processes of their own: what is written is found, and what takes
everything up anew may be killed while people search."""

import os
import secrets
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import pytest
import sqlalchemy as sa
from httpx2 import AsyncClient
from tests.core.jobs.house import until

from maru.db.scope import Scope
from maru.plugins.context import open_call
from maru.search.jobs import PART, enqueue
from maru.testing import TestKit as House
from maru.testing import environment
from maru_sdk import ContextSeed
from maru_sdk.testing import Company, Kit

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PATIENCE = 90
COPIES = PART * 2
POSTS = "/api/v1/board/posts"
COPY = """
INSERT INTO plugin_board.post
SELECT (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid()))).*
  FROM plugin_board.post p, generate_series(1, :copies) WHERE p.id = :id"""
# The last of them is in somebody's hands: its part can't be done as long as this isn't over.
HELD = """
INSERT INTO maru.search_row (id, source, title, url, at, grams)
SELECT id, 'board.posts', 'held', '/', now(), '' FROM plugin_board.post
 ORDER BY id DESC LIMIT 1"""
JOB = "SELECT state FROM maru.job WHERE id = :id"


@pytest.fixture
def kit(maru: Kit) -> House:
    return cast(House, maru)


@asynccontextmanager
async def running(kit: House, role: str) -> AsyncIterator[Process]:
    """A process as an operator starts it, killed where it isn't over."""
    path = os.pathsep.join(sys.path)
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "maru", role),
        env={**os.environ, **environment(kit.house.settings), "PYTHONPATH": path},
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def found(client: AsyncClient, q: str) -> list[str]:
    answer = await client.get("/api/v1/search", params={"q": q, "limit": 100})
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json()["data"]]


async def test_written_found_and_taken_up_anew_over_a_kill(
    kit: House, company: Company, admin_client: AsyncClient, client: AsyncClient
) -> None:
    made = await admin_client.post("/api/v1/board/boards", json={"name": "자유게시판"})
    board = made.json()["data"]["id"]
    scope, word = Scope(company.tenant.id), f"nv{secrets.token_hex(3)}0"
    async with running(kit, "scheduler"), running(kit, "worker") as worker:
        body = {"board_id": board, "title": f"{word} 안내", "content": ""}
        written = await admin_client.post(POSTS, json=body)

        async def is_found() -> bool:
            return bool(await found(client, word))

        await until(is_found, PATIENCE)
        async with kit.house.database.unit(scope) as unit:
            told = {"copies": COPIES, "id": UUID(written.json()["data"]["id"])}
            await unit.db.execute(sa.text(COPY), told)
            await unit.commit()
        async with kit.house.database.unit(scope) as hand:
            await hand.db.execute(sa.text(HELD))
            job = await begun(kit, company)
            await until(lambda: many(client, word, PART // 2), PATIENCE)
            worker.kill()
            await worker.wait()
            assert not await is_over(kit, scope, job)
        assert len(await found(client, word)) == 100
        async with running(kit, "worker"):
            await until(lambda: is_over(kit, scope, job), PATIENCE)
    assert await counted(kit, scope) == COPIES + 1


async def begun(kit: House, company: Company) -> UUID:
    seed = ContextSeed(tenant=company.tenant.id, plugin="search")
    async with open_call(kit.house.services, seed) as call:
        (job,) = await enqueue(call.ctx("search"), kit.house.search.reindex, ["board"])
    return job


async def many(client: AsyncClient, word: str, count: int) -> bool:
    return len(await found(client, word)) >= count


async def is_over(kit: House, scope: Scope, job: UUID) -> bool:
    ((state,),) = await rows(kit, scope, JOB, id=job)
    assert state in ("waiting", "running", "done"), state
    return bool(state == "done")


async def counted(kit: House, scope: Scope) -> int:
    kept = "SELECT count(*) FROM maru.search_row WHERE source = 'board.posts' AND title <> 'held'"
    return int((await rows(kit, scope, kept))[0][0])


async def rows(kit: House, scope: Scope, statement: str, **told: Any) -> list[Any]:
    async with kit.house.database.unit(scope, readonly=True) as unit:
        return list((await unit.db.execute(sa.text(statement), told)).all())
