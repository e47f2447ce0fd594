"""Another engine finds in core's place: shown is what the reader may read, and core finds by itself
while it is away."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from maru.plugins.hooks import Filled
from maru.plugins.points import Points
from maru.search.readable import Sight
from maru.testing import TestKit as House
from maru_board.boards import service
from maru_sdk import Context, InvalidInput
from maru_sdk.db import uuid7
from maru_sdk.search import FoundThing, FoundThings, Handed, Sought, search_find, search_take
from maru_sdk.testing import Company, Kit

ENGINE = "/api/v1/search/engine"
BOARDS, POSTS = "/api/v1/board/boards", "/api/v1/board/posts"


@pytest.fixture
def kit(maru: Kit) -> House:
    return cast(House, maru)


@pytest.fixture
async def write(
    kit: House, company: Company, admin_client: AsyncClient
) -> Callable[..., Awaitable[UUID]]:
    """Writes a post, which is then in the index; its id."""

    async def written(title: str, *, private: bool = False) -> UUID:
        made = await admin_client.post(BOARDS, json={"name": f"게시판 {title}"})
        board = made.json()["data"]["id"]
        if private:
            async with company.context() as ctx:
                await service.set_private(ctx, UUID(board), True)
        body = {"board_id": board, "title": title, "content": ""}
        answer = await admin_client.post(POSTS, json=body)
        await kit.work()
        return UUID(answer.json()["data"]["id"])

    return written


async def found(client: AsyncClient, q: str, **how: Any) -> list[str]:
    answer = await client.get("/api/v1/search", params={"q": q, **how})
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json()["data"]]


async def test_the_engine_of_letters(
    admin_client: AsyncClient, client: AsyncClient, write: Any
) -> None:
    for number in range(3):
        await write(f"연차휴가 {number}")
    known = (await admin_client.get(ENGINE)).json()["data"]
    assert known == {"engine": "", "engines": ["letters"]}
    answer = await admin_client.put(ENGINE, json={"engine": "letters"})
    assert answer.json()["data"]["engine"] == "letters"
    assert len(await found(client, "휴가를")) == 3
    first = (await client.get("/api/v1/search", params={"q": "휴가", "limit": 2})).json()
    assert len(first["data"]) == 2
    assert first["data"][0]["title_parts"][1] == {"text": "휴가", "hit": True}
    rest = await found(client, "휴가", cursor=first["pagination"]["next"])
    assert len(rest) == 1
    assert await found(client, "휴가", to="2020-01-01") == []


async def test_it_is_chosen_on_the_page_of_words(admin_client: AsyncClient) -> None:
    async def chosen(engine: str) -> int:
        page = await admin_client.get("/admin/search/words")
        token = re.findall(r'name="_csrf" value="([^"]+)"', page.text)
        form = {"engine": engine, **({"_csrf": token[0]} if token else {})}
        answer = await admin_client.post("/search/engine", data=form)
        return answer.status_code

    assert await chosen("letters") in (200, 303)
    assert (await admin_client.get(ENGINE)).json()["data"]["engine"] == "letters"
    page = (await admin_client.get("/admin/search/words")).text
    assert re.search(r'<option value="letters"[^>]* selected', page)
    assert await chosen("nobody") == 422
    assert await chosen("") in (200, 303)
    assert (await admin_client.get(ENGINE)).json()["data"]["engine"] == ""


async def test_one_that_nobody_offers(admin_client: AsyncClient, client: AsyncClient) -> None:
    answer = await admin_client.put(ENGINE, json={"engine": "nobody"})
    assert answer.json()["error"]["code"] == "SEARCH_ENGINE_UNKNOWN"
    assert (await client.put(ENGINE, json={"engine": ""})).status_code == 403


class Elsewhere:
    """An engine that somebody's plugin would offer: it hears, and names whatever it is told to."""

    def __init__(self) -> None:
        self.heard: list[Handed] = []
        self.names: list[FoundThing] = []
        self.words = ["글"]
        self.fault: BaseException | None = None
        self.hangs = False
        self.asked = 0

    def fillings(self) -> dict[str, Filled]:
        """Both operations under one name."""

        @search_find.offer("elsewhere")
        async def find(ctx: Context, ask: Sought) -> FoundThings:
            self.asked += 1
            if self.hangs:
                await asyncio.Event().wait()
            if self.fault is not None:
                raise self.fault
            return FoundThings(things=self.names, words=self.words)

        @search_take.offer("elsewhere")
        async def take(ctx: Context, ask: Handed) -> None:
            self.heard.append(ask)

        return {search_find.name: Filled("search", find), search_take.name: Filled("search", take)}


@pytest.fixture
async def elsewhere(monkeypatch: pytest.MonkeyPatch, admin_client: AsyncClient) -> Elsewhere:
    """It is chosen."""
    engine, ours = Elsewhere(), Points.fillings
    filled = engine.fillings()

    def fillings(points: Points, point: str, *more: Any) -> list[Filled]:
        return [*ours(points, point, *more), *([filled[point]] if point in filled else [])]

    monkeypatch.setattr(Points, "fillings", fillings)
    answer = await admin_client.put(ENGINE, json={"engine": "elsewhere"})
    assert answer.status_code == 200, answer.text
    return engine


async def test_hears_of_what_comes_and_goes(
    kit: House, admin_client: AsyncClient, elsewhere: Elsewhere, write: Any
) -> None:
    post = await write("새 글")
    assert [one.title for handed in elsewhere.heard for one in handed.documents][-1] == "새 글"
    assert (await admin_client.delete(f"{POSTS}/{post}")).status_code < 300
    await kit.work()
    assert post in elsewhere.heard[-1].gone


async def test_names_what_may_be_read_and_what_may_not(
    client: AsyncClient, elsewhere: Elsewhere, write: Any
) -> None:
    ids = [await write("모두의 글"), await write("임원의 글", private=True), uuid7()]
    elsewhere.names = [FoundThing(source="board.posts", id=one) for one in ids]
    elsewhere.names += [FoundThing(source="nobody.things", id=ids[0])]
    assert await found(client, "아무거나") == ["모두의 글"]


@pytest.mark.parametrize(
    "fault",
    [ValueError("a bug"), ZeroDivisionError(), SystemExit(3), TimeoutError(), InvalidInput("no")],
    ids=lambda fault: type(fault).__name__,
)
async def test_core_finds_where_it_fails_from_the_first_search_on(
    client: AsyncClient, elsewhere: Elsewhere, write: Any, fault: BaseException
) -> None:
    await write("찾을 글")
    elsewhere.fault = fault
    assert await found(client, "찾을") == ["찾을 글"]
    assert elsewhere.asked == 1
    page = await client.get("/search", params={"q": "찾을"})
    assert page.status_code == 200
    assert "글" in page.text


async def test_core_finds_where_it_hangs(
    client: AsyncClient, elsewhere: Elsewhere, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write("찾을 글")
    elsewhere.hangs = True
    monkeypatch.setattr("maru.plugins.points._seconds", lambda *_: 0.1)
    assert await found(client, "찾을") == ["찾을 글"]
    assert elsewhere.asked == 1


async def test_it_names_too_much_and_says_too_much(
    client: AsyncClient, elsewhere: Elsewhere, write: Any
) -> None:
    post = await write("모두의 글")
    elsewhere.names = [FoundThing(source="board.posts", id=post)] * 50_000
    elsewhere.words = ["", "글", *(f"낱말{number}" * 1_000 for number in range(2_000))]
    answer = (await client.get("/api/v1/search", params={"q": "글", "limit": 3})).json()["data"]
    assert [one["title_parts"] for one in answer][:1] == [
        [{"text": "모두의 ", "hit": False}, {"text": "글", "hit": True}]
    ]


def test_sight() -> None:
    there = uuid7()
    view = Sight(["a", "b"], ["a"], [f"b|{there}"], ["a|x:1"], ["a|x:1", "a|x:2"])
    assert view.sees("a", None, None)
    assert view.sees("a", "x:1", None)
    assert not view.sees("a", "x:2", None)
    assert view.sees("b", None, there)
    assert not view.sees("b", "x:1", None)
    assert not view.sees("c", None, None)
