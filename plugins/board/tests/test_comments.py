"""Comments: threads, counts, and what deleting leaves."""

import asyncio
from typing import Any

import pytest

API = "/api/v1/board"


@pytest.fixture
async def path(write: Any) -> str:
    return f"{API}/posts/{await write()}/comments"


async def say(client: Any, path: str, content: str, parent: str | None = None) -> str:
    answer = await client.post(path, json={"content": content, "parent_id": parent})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


async def said(client: Any, path: str) -> list[str]:
    return [comment["content"] for comment in (await client.get(path)).json()["data"]]


async def test_answers_stand_beneath_what_they_answer(client: Any, path: str) -> None:
    first = await say(client, path, "하나")
    await say(client, path, "둘")
    answer = await say(client, path, "하나의 답", first)
    await say(client, path, "답의 답", answer)
    assert await said(client, path) == ["하나", "하나의 답", "답의 답", "둘"]


async def test_are_counted_on_their_post(client: Any, path: str) -> None:
    first = await say(client, path, "하나")
    await say(client, path, "둘")
    await client.delete(f"{API}/comments/{first}")
    post = (await client.get(path.removesuffix("/comments"))).json()["data"]
    assert post["comment_count"] == 1


async def test_answered_one_stays_empty_when_deleted(client: Any, path: str) -> None:
    first = await say(client, path, "하나")
    await say(client, path, "답", first)
    await client.delete(f"{API}/comments/{first}")
    listed = (await client.get(path)).json()["data"]
    assert [(one["content"], one["is_deleted"]) for one in listed] == [("", True), ("답", False)]
    assert (await client.delete(f"{API}/comments/{first}")).status_code == 404


async def test_deleting_is_the_authors_and_the_moderators(
    client: Any, admin_client: Any, path: str
) -> None:
    by_admin = await say(admin_client, path, "관리자의 말")
    by_member = await say(client, path, "사원의 말")
    assert (await client.delete(f"{API}/comments/{by_admin}")).status_code == 403
    assert (await admin_client.delete(f"{API}/comments/{by_member}")).status_code == 200


async def test_answer_must_be_to_the_same_post(client: Any, path: str, write: Any) -> None:
    elsewhere = await say(client, f"{API}/posts/{await write()}/comments", "저기")
    answer = await client.post(path, json={"content": "여기", "parent_id": elsewhere})
    assert answer.json()["error"]["code"] == "BOARD_COMMENT_NOT_FOUND"


async def test_other_tenant_comments_on_nothing(other_client: Any, path: str) -> None:
    assert (await other_client.post(path, json={"content": "x"})).status_code == 404
    assert (await other_client.get(path)).status_code == 404


async def test_many_at_once_are_all_counted(client: Any, path: str) -> None:
    first = await say(client, path, "처음")
    bodies = [{"content": f"{number}번", "parent_id": first} for number in range(8)]
    work = [client.post(path, json=body) for body in bodies]
    answers = await asyncio.gather(*work, client.delete(f"{API}/comments/{first}"))
    assert {answer.status_code for answer in answers} <= {200, 201, 404}  # who comes too late
    post = (await client.get(path.removesuffix("/comments"))).json()["data"]
    written = [answer for answer in answers if answer.status_code == 201]
    assert post["comment_count"] == len(written)
    assert [text for text in await said(client, path) if text] == [
        answer.json()["data"]["content"]
        for answer in sorted(written, key=lambda answer: answer.json()["data"]["id"])
    ]
