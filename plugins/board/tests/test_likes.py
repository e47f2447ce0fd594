"""Likes: one for each reader."""

import asyncio
from typing import Any

import pytest

API = "/api/v1/board"


@pytest.fixture
async def path(write: Any) -> str:
    return f"{API}/posts/{await write()}/like"


async def test_twice_at_once_is_one(client: Any, admin_client: Any, path: str) -> None:
    answers = await asyncio.gather(*(client.post(path) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["data"]["like_count"] for answer in answers} == {1}
    assert (await admin_client.post(path)).json()["data"] == {"liked": True, "like_count": 2}
    assert (await client.get(path.removesuffix("/like"))).json()["data"]["like_count"] == 2


async def test_taking_back_twice_is_once(client: Any, admin_client: Any, path: str) -> None:
    await client.post(path)
    await admin_client.post(path)
    for _ in range(2):
        answer = (await client.delete(path)).json()["data"]
        assert answer == {"liked": False, "like_count": 1}
    assert (await admin_client.get(path)).json()["data"]["liked"] is True


async def test_form_likes_and_unlikes(client: Any, path: str) -> None:
    page = path.removeprefix("/api/v1")
    for wanted in ("true", "false"):
        assert (await client.post(page, data={"liked": wanted})).status_code == 303
        assert (await client.get(path)).json()["data"]["liked"] is (wanted == "true")


async def test_what_one_may_not_read_one_does_not_like(
    other_client: Any, anonymous: Any, client: Any, path: str
) -> None:
    assert (await other_client.post(path)).status_code == 404
    assert (await anonymous.post(path)).status_code == 401
    await client.delete(path.removesuffix("/like"))
    answer = await client.post(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "BOARD_POST_NOT_FOUND")
