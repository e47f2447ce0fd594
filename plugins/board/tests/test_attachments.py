"""Files of posts: attached before there is a post, shown inside it, and gone with it."""

import base64
from typing import Any
from uuid import UUID

from maru_board.files import attachment, picture
from maru_board.trash.service import purge_post, trash_post
from maru_sdk.testing import Company, Kit

TUS = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def _sent(client: Any, kind: str, name: str, content: bytes) -> str:
    named = base64.b64encode(name.encode()).decode()
    size = {"Upload-Length": str(len(content)), "Upload-Metadata": f"filename {named}"}
    url = f"/api/v1/files/uploads?kind={kind}"
    answer = await client.post(url, headers={**TUS, **size}, content=content)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["content-location"])


async def _published(client: Any, board: UUID, form: dict[str, Any]) -> Any:
    page = f"/board/posts/new?board={board}"
    mark = (await client.get(page)).text.partition('name="_csrf" value="')[2].partition('"')[0]
    return await client.post(f"/board/posts?board={board}", data={"_csrf": mark, **form})


async def test_a_post_takes_what_was_sent_ahead(company: Company, board: UUID) -> None:
    async with company.client(company.member) as client:
        paper = await _sent(client, "board.attachment", "회의록.txt", "회의".encode())
        shown = await _sent(client, "board.picture", "그림.png", DOT)
        body = f'<p>보기 <img src="{shown}?variant=800" alt="그림"></p>'
        form = {"title": "첨부", "content": body, "files": paper.rpartition("/")[2]}
        answer = await _published(client, board, form)
        assert answer.status_code == 303, answer.text
        place = answer.headers["location"]
        page = (await client.get(place)).text
        assert f'<img src="{shown}?variant=800" alt="그림">' in page
        assert "회의록.txt" in page
    async with company.client(company.manager) as reader:
        for url in (paper, f"{shown}?variant=800"):
            assert (await reader.get(url)).status_code == 200
    post = UUID(place.rpartition("/")[2])
    async with company.context() as ctx:
        await trash_post(ctx, post)
        await purge_post(ctx, post)
    async with company.client(company.member) as client:
        assert (await client.get(shown)).status_code == 404
    async with company.context() as ctx:
        for kind in (attachment, picture):
            await ctx.files.clear(kind, post)


async def test_what_is_not_there_is_told_and_no_word_is_lost(company: Company, board: UUID) -> None:
    async with company.client(company.manager) as other:
        foreign = await _sent(other, "board.attachment", "남의 것.txt", b"x")
    file_id = foreign.rpartition("/")[2]
    async with company.client(company.member) as client:
        form = {"title": "제목입니다", "files": file_id, "files._names": f"{file_id} 남의 것.txt"}
        answer = await _published(client, board, form)
        assert answer.status_code == 422
        assert "제목입니다" in answer.text
        assert f'<li data-id="{file_id}">남의 것.txt</li>' in answer.text
    async with company.client(company.manager) as other:
        assert (await other.get(foreign)).status_code == 200


async def test_search_finds_a_post_by_what_its_attachment_says(
    maru: Kit, company: Company, board: UUID
) -> None:
    async with company.client(company.member) as client:
        paper = await _sent(client, "board.attachment", "회의록.txt", "적벽돌 견적서".encode())
        broken = await _sent(client, "board.attachment", "깨짐.docx", b"PK\x03\x04 broken")
        sent = [one.rpartition("/")[2] for one in (paper, broken)]
        await _published(client, board, {"title": "협의 결과", "files": sent})
        await maru.work()
        for words in ("적벽돌", "회의록"):
            answer = await client.get("/api/v1/search", params={"q": words})
            assert [one["title"] for one in answer.json()["data"]] == ["협의 결과"], words
