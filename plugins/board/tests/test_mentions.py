"""People and departments that comments name: kept as ids, told once, never by the thousand."""

from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any
from uuid import UUID, uuid4

import pytest

from maru_board.comments.mentions import MOST, Piece, lines_of, mentions_in
from maru_board.models import Post
from maru_board.posts.service import publish_due
from maru_board.trash.service import expire_due
from maru_sdk.db import col, update
from maru_sdk.testing import Company

API = "/api/v1/board"
NOTIFICATIONS = "/api/v1/notifications"


def at(person: UUID, kind: str = "person") -> str:
    return f"<@{kind}:{person}>"


class TestText:
    KIM, SALES = uuid4(), uuid4()

    def test_names_each_once(self) -> None:
        text = f"{at(self.KIM)} {at(self.SALES, 'department')} {at(self.KIM)} <@person:x> @김"
        found = mentions_in(text)
        assert (found.people, found.departments) == ([self.KIM], [self.SALES])

    def test_lines_hold_names_between_the_text(self) -> None:
        text = f"{at(self.KIM)} 안녕하세요\n\n{at(self.SALES, 'department')}"
        assert lines_of(text, {self.KIM: "김마루"}) == [
            [Piece(text="@김마루", is_name=True), Piece(text=" 안녕하세요")],
            [Piece(text="")],
            [Piece(text="@…", is_name=True)],
        ]

    def test_what_is_no_mark_stays_text(self) -> None:
        for text in ("<@>", "<@person:>", "<@admin:1>", "a@b.c", f"<@person:{self.KIM}"):
            assert lines_of(text, {}) == [[Piece(text=text)]]


@pytest.fixture
async def path(write: Any) -> str:
    return f"{API}/posts/{await write('회식')}/comments"


async def told(client: Any) -> list[str]:
    return [one["title"] for one in (await client.get(NOTIFICATIONS)).json()["data"]]


async def test_who_is_named_is_told_and_shown_by_name(
    company: Company, admin_client: Any, client: Any, path: str
) -> None:
    body = {"content": f"{at(company.member.id)} 오시나요? {at(company.manager.id)}"}
    answer = await admin_client.post(path, json=body)
    assert answer.status_code == 201
    assert answer.json()["data"]["content"] == body["content"]  # ids, not names
    page = (await client.get(path.removeprefix("/api/v1"))).text
    assert f">@{company.manager.name}</strong>" in page
    assert "&lt;@" not in page
    (said,) = await told(client)  # the post's author too: one way is enough
    assert said.endswith("“회식”에서 나를 불렀습니다")
    async with company.client(company.manager) as manager:
        assert len(await told(manager)) == 1


async def test_a_whole_department_is_told(
    company: Company, maru: Any, admin_client: Any, path: str
) -> None:
    made = await admin_client.post("/api/v1/admin/organizations", json={"name": "영업팀"})
    sales = made.json()["data"]["id"]
    people = f"/api/v1/admin/users/{company.manager.id}"
    assert (await admin_client.put(people, json={"department_id": sales})).status_code == 200
    body = {"content": f"{at(UUID(sales), 'department')} 모두 보세요"}
    assert (await admin_client.post(path, json=body)).status_code == 201
    await maru.work()
    async with company.client(company.manager) as manager:
        assert len(await told(manager)) == 1
        assert "@영업팀" in (await manager.get(path.removeprefix("/api/v1"))).text


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (" ".join(at(uuid4()) for _ in range(MOST + 1)), "BOARD_TOO_MANY_MENTIONS"),
        (" ".join(at(uuid4()) for _ in range(10_000)), "VALIDATION_FAILED"),
        (at(uuid4()), "BOARD_UNKNOWN_MENTION"),
        (at(uuid4(), "department"), "BOARD_UNKNOWN_MENTION"),
    ],
    ids=["too many", "ten thousand", "a person", "a department"],
)
async def test_too_many_and_unknown_ones_are_refused(
    client: Any, path: str, content: str, code: str
) -> None:
    answer = await client.post(path, json={"content": content})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)
    assert (await client.get(path)).json()["data"] == []


async def test_another_tenants_people_are_unknown(
    other_company: Company, client: Any, path: str
) -> None:
    answer = await client.post(path, json={"content": at(other_company.member.id)})
    assert answer.json()["error"]["code"] == "BOARD_UNKNOWN_MENTION"


async def test_authors_and_those_who_are_answered_hear_of_it(
    company: Company, client: Any, admin_client: Any, path: str
) -> None:
    async with company.client(company.manager) as manager:
        first = (await manager.post(path, json={"content": "저요"})).json()["data"]["id"]
        answer = {"content": "좋습니다", "parent_id": first}
        assert (await admin_client.post(path, json=answer)).status_code == 201
        (said,) = await told(manager)
        assert "내 댓글에 답했습니다" in said
    (bundled,) = await told(client)  # both on the member's post, in one
    assert bundled == "“회식”에 새 댓글 2개"
    assert await told(admin_client) == []


async def test_the_api_says_who_is_mentioned(
    company: Company, admin_client: Any, client: Any, path: str
) -> None:
    body = {"content": f"{at(company.member.id)} 보세요 {at(company.member.id)}"}
    made = (await admin_client.post(path, json=body)).json()["data"]
    kim = {"kind": "person", "id": str(company.member.id), "name": company.member.name}
    assert made["mentions"] == [kim]
    (listed,) = (await client.get(path)).json()["data"]
    assert listed["mentions"] == [kim]
    assert listed["content"] == body["content"]


class TestPosts:
    """A post names people by links to their pages."""

    @pytest.fixture
    async def post(self, admin_client: Any, board: UUID) -> Any:
        async def written(**given: Any) -> Any:
            body = {"board_id": str(board), "title": "공지"} | given
            return await admin_client.post(f"{API}/posts", json=body)

        return written

    @pytest.mark.parametrize("field", ["content", "markdown"])
    async def test_a_mark_becomes_a_link_and_is_told_once(
        self, company: Company, admin_client: Any, client: Any, post: Any, field: str
    ) -> None:
        mark = at(company.member.id)
        sent = f"<p>{escape(mark)} 보세요</p>" if field == "content" else f"{mark} **보세요**"
        made = (await post(**{field: sent})).json()["data"]
        link = f'<a href="/organization/people/{company.member.id}" rel="noopener nofollow">'
        assert f"{link}@{company.member.name}</a>" in made["content"]
        assert "&lt;@" not in made["content"]
        (said,) = await told(client)
        assert said == "나를 부른 글이 있습니다"
        kept = {"title": "공지 2", field: made[field]}  # as the form sends it back
        changed = await admin_client.put(f"{API}/posts/{made['id']}", json=kept)
        assert changed.json()["data"]["content"] == made["content"]
        assert len(await told(client)) == 1

    @pytest.mark.parametrize(
        "sent",
        [
            {"content": '<p><a href="https://a.example/x{mark}y">여기</a></p>'},
            {"content": "<p><a href='https://a.example'>글 {mark}</a></p>"},
            {"content": "<p><code>{mark}</code></p>"},
            {"content": "<pre><code>{mark}</code></pre>"},
            {"markdown": "`{mark}`"},
            {"markdown": "``` \n{mark}\n```"},
            {"markdown": "글\n\n    {mark}"},
            {"markdown": "[글 {mark}](https://a.example)"},
            {"markdown": "[글](https://a.example/{mark})"},
            {"markdown": "\\{mark}"},
        ],
    )
    async def test_marks_in_code_links_and_tags_stay(
        self, company: Company, client: Any, post: Any, sent: dict[str, str]
    ) -> None:
        ((field, text),) = sent.items()
        mark = at(company.member.id)
        mark = mark if field == "markdown" or 'href="https://a.example/x' in text else escape(mark)
        answer = await post(**{field: text.replace("{mark}", mark)})
        assert answer.status_code == 201, answer.text
        assert "/organization/people" not in answer.json()["data"]["content"]
        assert answer.json()["data"]["content"].count("<a ") <= 1
        assert await told(client) == []

    @pytest.mark.parametrize("field", ["content", "markdown"])
    async def test_beside_code_and_links_they_count(
        self, company: Company, client: Any, post: Any, field: str
    ) -> None:
        mark = at(company.member.id)
        texts = {
            "content": f"<p><code>1</code> <a href='/x'>2</a> <b>{escape(mark)}</b></p>",
            "markdown": f"`1` [2](/x) **{mark}**\n\n| a | b |\n|---|---|\n| {mark} | c |",
        }
        made = (await post(**{field: texts[field]})).json()["data"]
        assert f"/organization/people/{company.member.id}" in made["content"]
        assert "&lt;@" not in made["content"]
        assert len(await told(client)) == 1

    @pytest.mark.parametrize(("field", "most"), [("content", 100_000), ("markdown", 30_000)])
    async def test_what_links_make_too_long_is_refused(
        self, company: Company, post: Any, field: str, most: int
    ) -> None:
        mark = at(company.member.id)
        rest = "가" * (most - 7 - len(escape(mark)))
        sent = f"<p>{escape(mark)}{rest}</p>" if field == "content" else f"{mark}{rest}"
        answer = await post(**{field: sent})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "BOARD_TEXT_TOO_LONG")

    async def test_who_is_named_later_is_told_then(
        self, company: Company, admin_client: Any, client: Any, post: Any
    ) -> None:
        made = (await post(content="<p>곧</p>")).json()["data"]
        assert await told(client) == []
        change = {"title": "공지", "content": f"<p>{escape(at(company.member.id))}</p>"}
        await admin_client.put(f"{API}/posts/{made['id']}", json=change)
        assert len(await told(client)) == 1

    async def test_what_a_moderator_adds_is_not_laid_to_its_author(
        self, company: Company, admin_client: Any, client: Any, post: Any
    ) -> None:
        made = (await post(content="<p>곧</p>")).json()["data"]
        async with company.client(company.manager) as manager:
            change = {"title": "새 제목", "content": f"<p>{escape(at(company.member.id))}</p>"}
            changed = await manager.put(f"{API}/posts/{made['id']}", json=change)
            assert changed.status_code == 200, changed.text
        (said,) = (await client.get(NOTIFICATIONS)).json()["data"]
        assert (said["title"], said["url"]) == (
            "나를 부른 글이 있습니다",
            f"/board/posts/{made['id']}",
        )

    async def test_who_is_named_while_a_post_was_gone_is_told_when_it_comes_back(
        self, company: Company, admin_client: Any, client: Any, post: Any
    ) -> None:
        text = f"<p>{escape(at(company.member.id))}</p>"
        over = (await post(content="<p>곧</p>")).json()["data"]["id"]
        late = (datetime.now(UTC) + timedelta(days=7)).isoformat()
        waiting = (await post(content=text, publish_at=late)).json()["data"]["id"]
        assert (await admin_client.delete(f"{API}/posts/{waiting}")).status_code == 200
        async with company.context() as ctx:
            before = ctx.now - timedelta(seconds=1)
            is_over = update(Post).values(expires_at=before).where(col(Post.id) == UUID(over))
            due = update(Post).values(published_at=before).where(col(Post.id) == UUID(waiting))
            await ctx.db.execute(is_over)
            await ctx.db.execute(due)
        async with company.context() as ctx:
            assert await expire_due(ctx) == 1
        assert await told(client) == []
        again = {"title": "공지", "content": text, "expires_at": late}
        assert (await admin_client.put(f"{API}/posts/{over}", json=again)).status_code == 200
        assert len(await told(client)) == 1
        for _ in range(2):
            assert (await admin_client.post(f"{API}/posts/{waiting}/restore")).status_code == 201
            assert len(await told(client)) == 2
            await admin_client.delete(f"{API}/posts/{waiting}")

    async def test_a_post_that_waits_tells_when_it_appears(
        self, company: Company, client: Any, post: Any
    ) -> None:
        later = (datetime.now(UTC) + timedelta(days=7)).isoformat()
        made = await post(markdown=at(company.member.id), publish_at=later)
        assert made.status_code == 201, made.text
        assert await told(client) == []
        async with company.context() as ctx:
            late = update(Post).values(published_at=ctx.now - timedelta(seconds=1))
            await ctx.db.execute(late.where(col(Post.id) == UUID(made.json()["data"]["id"])))
        async with company.context() as ctx:
            assert await publish_due(ctx) == 1
        assert len(await told(client)) == 1

    @pytest.mark.parametrize(
        ("marks", "code"),
        [
            ([at(uuid4()) for _ in range(MOST + 1)], "BOARD_TOO_MANY_MENTIONS"),
            ([at(uuid4()) for _ in range(500)], "BOARD_TOO_MANY_MENTIONS"),
            ([at(uuid4())], "BOARD_UNKNOWN_MENTION"),
            ([at(uuid4(), "department")], "BOARD_UNKNOWN_MENTION"),
        ],
        ids=["too many", "hundreds", "a person", "a department"],
    )
    @pytest.mark.parametrize("field", ["content", "markdown"])
    async def test_too_many_and_unknown_ones_are_refused(
        self, post: Any, field: str, marks: list[str], code: str
    ) -> None:
        text = " ".join(marks)
        sent = f"<p>{escape(text)}</p>" if field == "content" else text
        answer = await post(**{field: sent[:100_000]})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)

    async def test_ten_thousand_links_are_refused_too(self, post: Any) -> None:
        for count, code in ((900, "BOARD_TOO_MANY_MENTIONS"), (10_000, "VALIDATION_FAILED")):
            link = '<a href="/organization/people/{}">@김</a>'
            content = "".join(link.format(uuid4()) for _ in range(count))
            answer = await post(content=f"<p>{content}</p>")
            assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)

    async def test_an_anonymous_post_tells_nobody(
        self, company: Company, admin_client: Any, client: Any
    ) -> None:
        board = {"name": "대나무숲", "kind": "anonymous"}
        made = (await admin_client.post(f"{API}/boards", json=board)).json()["data"]
        body = {"board_id": made["id"], "title": "속말", "markdown": at(company.member.id)}
        assert (await admin_client.post(f"{API}/posts", json=body)).status_code == 201
        assert await told(client) == []


async def test_comments_on_a_deleted_post_are_refused(client: Any, path: str) -> None:
    await client.delete(path.removesuffix("/comments"))
    answer = await client.post(path, json={"content": "늦었나요"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "BOARD_POST_NOT_FOUND")
