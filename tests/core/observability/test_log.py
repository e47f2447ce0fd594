"""Lines that nobody can forge and that give nothing away."""

import asyncio
import io
import logging
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson
import pytest
from tests.core.identity.company import eventually

from maru.app import serving
from maru.observability.doing import at, doing
from maru.observability.log import Journal, JournalHandler
from maru.observability.masking import masked
from maru.observability.trace import trace_of
from maru.settings import Settings
from maru.testing import kit_on
from maru_board.boards.service import create_board
from maru_board.posts.service import change_post, create_post
from maru_board.queries import board_locked, post_locked
from maru_board.schemas import BoardIn, PostChange, PostIn


def written(*args: Any, level: str = "INFO", **fields: Any) -> list[dict[str, Any]]:
    out = io.BytesIO()
    journal = Journal("web", level, out)
    journal.write(*args, **fields)
    journal.settle()
    return [orjson.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://maru:HUSH@db/maru", "Authorization: Bearer HUSH", "bearer HUSH.HUSH",
        "token eyJhbGciOi.HUSH.HUSH", "password=HUSH&x=1", "refresh_token=HUSH",
        "redis://:HUSH@127.0.0.1", "client_secret=HUSH",
    ],
)  # fmt: skip
def test_secrets_are_masked_in_texts(text: str) -> None:
    assert "HUSH" not in masked(text)
    assert "***" in masked(text)


@pytest.mark.parametrize("name", ["password", "new_password", "Authorization", "api_key", "csrf"])
def test_secrets_are_masked_by_name(name: str) -> None:
    (line,) = written(logging.INFO, "x", given={name: "HUSH"}, deep=[{"a": {name: ["HUSH"]}}])
    assert "HUSH" not in str(line)


def test_a_line_end_makes_no_second_line() -> None:
    (line,) = written(logging.INFO, 'a\r\n{"level":"error"}\x1b[31m\u2028', name="b\nc")
    assert line["message"].startswith("a\r\n")
    assert line["name"] == "b\nc"


def test_levels() -> None:
    assert written(logging.INFO, "x", level="WARNING") == []
    assert written(logging.ERROR, "x", level="WARNING")[0]["level"] == "error"


def test_what_json_does_not_know() -> None:
    key = uuid4()
    (line,) = written(logging.INFO, "x", key=key, kind=ValueError("password=HUSH"))
    assert line["key"] == str(key)
    assert "HUSH" not in line["kind"]


def test_libraries_log_there_too() -> None:
    out = io.BytesIO()
    logger = logging.getLogger("library")
    handler = JournalHandler(Journal("worker", "INFO", out))
    logger.addHandler(handler)
    try:
        raise RuntimeError("postgresql://u:HUSH@h/d")
    except RuntimeError:
        logger.exception("failed for %s", "x")
    finally:
        logger.removeHandler(handler)
    handler.journal.settle()
    line = orjson.loads(out.getvalue())
    assert (line["message"], line["logger"], line["service"]) == (
        "failed for x",
        "library",
        "worker",
    )
    assert "RuntimeError" in line["exception"]
    assert "HUSH" not in line["exception"]


class TestTrace:
    def test_of_the_caller(self) -> None:
        trace = "0af7651916cd43dd8448eb211c80319c"
        assert trace_of(f"00-{trace}-b7ad6b7169203331-01".encode()) == trace

    @pytest.mark.parametrize("header", [None, b"", b"x", b"00-" + b"0" * 32 + b"-" + b"1" * 16])
    def test_else_its_own(self, header: bytes | None) -> None:
        first, second = trace_of(header), trace_of(header)
        assert len(first) == 32
        assert first != second


class TestUnnamed:
    """Writing on an anonymous board, through the real edge."""

    PAGES = ("/board/{board}", "/board/posts/new?board={board}")
    KEPT = (
        "/api/v1/board/boards/{board}",
        "/api/v1/board/boards/{board}/posts",
        "{post}/comments",
    )

    async def test_no_line_tells_who_wrote(self, settings: Settings) -> None:
        out = io.BytesIO()
        journal = Journal("web", "INFO", out)
        async with kit_on(settings) as own, serving(own.house, journal) as edge:
            company = await replace(own, edge=edge).company("board")
            async with company.context() as ctx:
                named = await create_board(ctx, BoardIn(name="자유게시판"))
                hushed = await create_board(ctx, BoardIn(name="대나무숲", kind="anonymous"))
            for board in (named, hushed):
                async with company.client(company.member) as client:
                    for page in self.PAGES:
                        assert (await client.get(page.format(board=board))).status_code == 200
                    draft = {"title": "속말", "content": "<p>쓰는 중</p>"}
                    await client.put(f"/api/v1/board/boards/{board}/draft", json=draft)
                    body = {"board_id": str(board), "title": "속말"}
                    made = await client.post("/api/v1/board/posts", json=body)
                    post = f"/api/v1/board/posts/{made.json()['data']['id']}"
                    said = await client.post(f"{post}/comments", json={"content": "저도"})
                    assert said.status_code == 201
                    for _ in range(2):  # worked out, then kept
                        for path in self.KEPT:
                            read = path.format(board=board, post=post)
                            assert (await client.get(read)).status_code == 200
                    assert (await client.get(post)).status_code == 200
                    assert (await client.put(post, json={"title": "고침"})).status_code == 200
                    assert (await client.delete(post)).status_code == 200
            journal.settle()
        lines = [orjson.loads(line) for line in out.getvalue().splitlines()]
        ours = [line for line in lines if line["plugin"] == "board" and line["route"]]
        assert len(ours) == 28
        known, sealed = ours[:14], ours[14:]
        assert {line["user_id"] for line in known} == {str(company.member.id)}
        assert None not in {line["ip"] for line in known}
        assert {(line["user_id"], line["ip"]) for line in sealed} == {(None, None)}

    async def test_who_waits_to_write_is_named_no_more(self, settings: Settings) -> None:
        """What a statement that took long would say."""
        async with kit_on(settings) as own:
            company = await own.company("board")
            async with company.context() as ctx:
                board = await create_board(ctx, BoardIn(name="대나무숲", kind="anonymous"))
                post = await create_post(ctx, PostIn(board_id=board, title="속말"))
            writes = (
                (board_locked(board), create_post, (PostIn(board_id=board, title="또"),)),
                (post_locked(post), change_post, (post, PostChange(title="고침"))),
            )
            for lock, write, asked in writes:
                with at(lambda: {"user_id": "kim"}):
                    async with asyncio.TaskGroup() as tasks, company.context() as holder:
                        await holder.db.scalar(lock)
                        task = tasks.create_task(self._writing(company, write, asked))
                        await eventually(self._nobody)
                        assert not task.done()

    async def _nobody(self) -> bool:
        return doing()["user_id"] is None

    async def _writing(self, company: Any, write: Any, asked: tuple[Any, ...]) -> None:
        async with company.context() as ctx:
            await write(ctx, *asked)
