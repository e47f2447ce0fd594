"""What search finds of the boards, and for whom."""

from typing import Any
from uuid import UUID

from httpx2 import AsyncClient

from maru_board.boards import service as board_rules
from maru_board.posts import service as post_rules
from maru_board.schemas import BoardIn, PostChange, PostIn
from maru_board.trash import service as trash
from maru_sdk.testing import Company, Kit

SEARCH = "/api/v1/search"


async def found(client: AsyncClient, q: str, **how: Any) -> list[str]:
    """The titles that a search gives, in order."""
    answer = await client.get(SEARCH, params={"q": q, **how})
    assert answer.status_code == 200, answer.text
    return [one["title"] for one in answer.json()["data"]]


class TestWhatIsFound:
    async def test_a_post_by_a_word_of_its_title_or_text(
        self, maru: Kit, client: AsyncClient, write: Any
    ) -> None:
        await write("연차휴가 신청 안내", content="총무팀에 신청서를 냅니다.")
        await write("구내식당 차림표", content="이번 주 점심입니다.")
        await maru.work()
        assert await found(client, "휴가") == ["연차휴가 신청 안내"]
        assert await found(client, "신청서를") == ["연차휴가 신청 안내"]
        assert await found(client, "점심") == ["구내식당 차림표"]
        assert await found(client, "없는말") == []

    async def test_a_title_by_its_initial_consonants(
        self, maru: Kit, client: AsyncClient, write: Any
    ) -> None:
        await write("주간 회의록")
        await maru.work()
        assert await found(client, "ㅎㅇㄹ") == ["주간 회의록"]

    async def test_what_stands_in_the_title_comes_first(
        self, maru: Kit, client: AsyncClient, write: Any
    ) -> None:
        await write("보안 교육", content="모두 참석합니다.")
        await write("전체 공지", content="다음 주에 보안 점검이 있습니다.")
        await maru.work()
        assert await found(client, "보안") == ["보안 교육", "전체 공지"]

    async def test_a_changed_post_by_its_new_words_alone(
        self, maru: Kit, company: Company, client: AsyncClient, write: Any
    ) -> None:
        post = await write("체육대회")
        await maru.work()
        async with company.context(company.member) as ctx:
            await post_rules.change_post(ctx, post, PostChange(title="송년회"))
        await maru.work()
        assert await found(client, "송년회") == ["송년회"]
        assert await found(client, "체육대회") == []

    async def test_no_post_that_is_gone_with_or_without_its_board(
        self, maru: Kit, company: Company, client: AsyncClient, write: Any, board: UUID
    ) -> None:
        post = await write("사라질 글")
        await write("남은 글")
        await maru.work()
        async with company.context() as ctx:
            await trash.trash_post(ctx, post)
        await maru.work()
        assert await found(client, "글") == ["남은 글"]
        async with company.context() as ctx:
            await board_rules.delete_board(ctx, board, with_posts=True)
        await maru.work()
        assert await found(client, "글") == []

    async def test_pages_of_results(self, maru: Kit, client: AsyncClient, write: Any) -> None:
        for number in range(7):
            await write(f"알림 {number}")
        await maru.work()
        seen: list[str] = []
        cursor: str | None = None
        for _ in range(4):
            params: dict[str, str] = {"q": "알림", "limit": "3"}
            params |= {"cursor": cursor} if cursor else {}
            answer = (await client.get(SEARCH, params=params)).json()
            seen += [one["title"] for one in answer["data"]]
            cursor = answer["pagination"]["next"]
            if cursor is None:
                break
        assert sorted(seen) == [f"알림 {number}" for number in range(7)]

    async def test_marks_and_the_words_around(
        self, maru: Kit, client: AsyncClient, write: Any
    ) -> None:
        await write("<b>공지</b>", content="<p>" + "앞말 " * 100 + "여기에 <i>주차장</i> 이용</p>")
        await maru.work()
        hit = (await client.get(SEARCH, params={"q": "주차장"})).json()["data"][0]
        assert {"text": "주차장", "hit": True} in hit["excerpt"]
        assert len("".join(part["text"] for part in hit["excerpt"])) < 200
        page = await client.get("/search", params={"q": "주차장"})
        assert "<mark>주차장</mark>" in page.text
        assert "<i>" not in page.text.partition("<main")[2]


class TestWhoFindsIt:
    async def test_nobody_of_another_company(
        self, maru: Kit, other_client: AsyncClient, write: Any
    ) -> None:
        await write("우리만의 비밀")
        await maru.work()
        assert await found(other_client, "비밀") == []

    async def test_not_who_may_not_read_the_board(
        self, maru: Kit, company: Company, client: AsyncClient, write: Any
    ) -> None:
        async with company.context() as ctx:
            hidden = await board_rules.create_board(ctx, BoardIn(name="임원 게시판"))
            await board_rules.set_private(ctx, hidden, True)
            await post_rules.create_post(ctx, PostIn(board_id=hidden, title="임원의 인사발령"))
        await write("모두의 인사발령")
        await maru.work()
        assert await found(client, "인사발령") == ["모두의 인사발령"]

    async def test_nobody_while_the_plugin_is_off(
        self, maru: Kit, company: Company, client: AsyncClient, write: Any
    ) -> None:
        await write("잠시 쉬는 글")
        await maru.work()
        await company.disable("board")
        assert await found(client, "쉬는") == []
        await company.enable("board")
        assert await found(client, "쉬는") == ["잠시 쉬는 글"]


class TestNarrowed:
    async def test_to_an_author_or_a_day(
        self, maru: Kit, company: Company, client: AsyncClient, write: Any
    ) -> None:
        await write("회의 자료")
        await write("회의 결과", by=company.manager)
        await maru.work()
        author = str(company.manager.id)
        assert await found(client, "회의", author=author) == ["회의 결과"]
        assert await found(client, "회의", to="2020-01-01") == []
        assert len(await found(client, "회의", **{"from": "2020-01-01"})) == 2
        assert len(await found(client, "회의", source="board.posts")) == 2
        answer = await client.get(SEARCH, params={"q": "회의", "source": "no.such"})
        assert answer.status_code == 404
