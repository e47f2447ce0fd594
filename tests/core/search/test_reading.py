"""The process that holds Kiwi, and everyone else beside it."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import pytest
import sqlalchemy as sa
from httpx2 import AsyncClient

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.plugins.context import open_call
from maru.search.analyst import Analyst
from maru.search.jobs import enqueue
from maru.search.kiwi import Kiwi
from maru.search.reading import Questions, Reading
from maru.search.settings import SearchSettings
from maru.searcher import parts_of
from maru.testing import TestKit as House
from maru_sdk import ContextSeed
from maru_sdk.testing import Company, Kit

SEARCH = "/api/v1/search"

# A row under another id: what it stands for is missing then, and it stands for nothing.
MOVED = sa.text(
    """
    UPDATE maru.search_row
       SET id = gen_random_uuid(), title = '유령', body = '', words = NULL,
           grams = '유령', updated_at = now() - interval '1 minute'
    """
)


@pytest.fixture
def kit(maru: Kit) -> House:
    return cast(House, maru)


@pytest.fixture
def parts(kit: House, kiwi: Kiwi) -> tuple[Questions, Reading]:
    return parts_of(kit.house, kiwi)


@pytest.fixture
def reading(parts: tuple[Questions, Reading]) -> Reading:
    return parts[1]


@pytest.fixture
async def answering(parts: tuple[Questions, Reading]) -> AsyncIterator[Questions]:
    """Somebody answers questions."""
    questions, _ = parts
    questions.start()
    yield questions
    await questions.stop()


@pytest.fixture
async def write(
    kit: House, company: Company, admin_client: AsyncClient
) -> Callable[..., Awaitable[None]]:
    """Writes a post, which is then in the index."""
    made = await admin_client.post("/api/v1/board/boards", json={"name": "자유게시판"})
    board = made.json()["data"]["id"]

    async def written(title: str, content: str = "") -> None:
        body = {"board_id": board, "title": title, "content": content}
        assert (await admin_client.post("/api/v1/board/posts", json=body)).status_code == 201
        await kit.work()

    return written


async def found(client: AsyncClient, q: str) -> list[str]:
    answer = await client.get(SEARCH, params={"q": q})
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json()["data"]]


async def known(kit: House, company: Company, text: str) -> None:
    """Comes back when this process's way to Kiwi has been answered this question."""
    async with asyncio.timeout(60):
        while await kit.house.search.analyst.understood(company.tenant.id, text) is None:  # noqa: ASYNC110
            await asyncio.sleep(0)


class TestQuestions:
    async def test_are_answered_over_redis(
        self, kit: House, company: Company, answering: Questions
    ) -> None:
        analyst = Analyst(kit.house.settings, clock=iter(range(0, 10_000, 10)).__next__)
        try:
            async with asyncio.timeout(60):
                while (said := await analyst.understood(company.tenant.id, "연차휴가를")) is None:
                    pass
        finally:
            await analyst.close()
        assert [noun.word for noun in said.nouns] == ["연차", "휴가"]

    async def test_nobody_is_asked_for_a_while_after_no_answer_came(
        self, kit: House, company: Company
    ) -> None:
        now = [0.0]
        analyst = Analyst(kit.house.settings, clock=lambda: now[0])
        asked: list[str] = []
        ask = analyst._ask

        async def counted(tenant_id: Any, text: str) -> Any:
            asked.append(text)
            return await ask(tenant_id, text)

        analyst._ask = counted  # type: ignore[method-assign]
        for _ in range(3):
            assert await analyst.understood(company.tenant.id, "아무도 없다") is None
        now[0] = 1_000.0
        assert await analyst.understood(company.tenant.id, "아무도 없다") is None
        await analyst.close()
        assert len(asked) == 2


class TestWords:
    async def test_what_was_read_is_found_by_what_is_meant(
        self,
        kit: House,
        company: Company,
        client: AsyncClient,
        write: Any,
        reading: Reading,
        answering: Questions,
    ) -> None:
        await write("노트북 교체 신청", "오래된 장비를 바꿉니다.")
        assert not await reading.some(company.tenant.id)
        await known(kit, company, "노트북을 새로 바꾸고 싶어요")
        assert await found(client, "노트북을 새로 바꾸고 싶어요") == ["노트북 교체 신청"]

    async def test_a_word_of_the_company(
        self, kit: House, company: Company, reading: Reading, answering: Questions
    ) -> None:
        services = kit.house.services
        async with committing(services.database.unit(Scope(company.tenant.id))) as unit:
            words = SearchSettings(words=["꼬꼬마루"])
            await services.settings_store.put(unit, company.tenant.id, "search", words)
        said = await answering.understood(company.tenant.id, "꼬꼬마루를")
        assert [noun.word for noun in said.nouns] == ["꼬꼬마루"]

    async def test_a_changed_post_is_read_again(
        self, company: Company, write: Any, reading: Reading
    ) -> None:
        await write("한 번")
        assert not await reading.some(company.tenant.id)
        before = reading.read
        assert not await reading.some(company.tenant.id)
        assert reading.read == before


class TestReindex:
    async def test_what_is_missing_comes_back_and_what_is_gone_goes(
        self, kit: House, company: Company, client: AsyncClient, write: Any
    ) -> None:
        await write("잃어버린 글")
        services = kit.house.services
        async with committing(services.database.unit(Scope(company.tenant.id))) as unit:
            session = await unit.session()
            await session.execute(MOVED)
        assert await found(client, "잃어버린") == []
        assert await found(client, "유령") == ["유령"]
        seed = ContextSeed(tenant=company.tenant.id, plugin="search")
        async with open_call(services, seed) as call:
            await enqueue(call.ctx("search"), kit.house.search.reindex)
        await kit.work()
        assert await found(client, "잃어버린") == ["잃어버린 글"]
        assert await found(client, "유령") == []


class TestBadInput:
    @pytest.mark.parametrize(
        "q",
        [
            *("ㄱ", "ㅎㅎ", "을 를 에서", '"인사 평가', "100%", "_", "%_%", "a\\'b", "'; --"),
            *(
                "(회의 & !연차) | a:*",
                "＂ＶＰＮ＂　접속",
                unicodedata.normalize("NFD", "휴가 신청"),
            ),
            *("한\u0001글", "가" * 200, "🙂", "İ", "\u202e뒤집힌"),
        ],
    )
    async def test_is_looked_for_or_refused_and_breaks_nothing(
        self, client: AsyncClient, q: str
    ) -> None:
        answer = await client.get(SEARCH, params={"q": q})
        assert answer.status_code == 200, answer.text

    @pytest.mark.parametrize("q", ["", "   ", "가" * 201, "words " * 1_700])
    async def test_nothing_and_too_much_are_refused(self, client: AsyncClient, q: str) -> None:
        answer = await client.get(SEARCH, params={"q": q})
        assert answer.status_code == 422
        assert answer.json()["error"]["details"]["fields"][0]["path"] == "q"

    @pytest.mark.parametrize("cursor", ["x", "e30", "eyJ1bnRpbCI6IjIwMjYtMDEtMDEifQ"])
    async def test_a_cursor_of_somebody_elses(self, client: AsyncClient, cursor: str) -> None:
        answer = await client.get(SEARCH, params={"q": "회의", "cursor": cursor})
        assert answer.status_code == 422
        assert answer.json()["error"]["code"] == "CURSOR_INVALID"

    async def test_a_span_that_ends_before_it_begins(self, client: AsyncClient) -> None:
        asked = {"q": "회의", "from": "2026-02-01", "to": "2026-01-01"}
        answer = await client.get(SEARCH, params=asked)
        assert answer.json()["error"]["code"] == "SEARCH_DATES_INVALID"

    async def test_split_letters_and_wide_ones_find_the_same(
        self, client: AsyncClient, write: Any
    ) -> None:
        await write("VPN 휴가지 접속")
        for q in ("vpn", "ＶＰＮ", unicodedata.normalize("NFD", "휴가지")):
            assert await found(client, q) == ["VPN 휴가지 접속"]
