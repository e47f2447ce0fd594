"""Files of posts: attached before there is a post, shown inside it, and gone with it."""

import base64
import struct
from typing import Any
from uuid import UUID

from maru_board.files import attachment, picture
from maru_board.trash.service import purge_post, trash_post
from maru_sdk.rich import pictures_in
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


async def test_a_copy_has_pictures_of_its_own(maru: Kit, company: Company, board: UUID) -> None:
    async with company.client(company.member) as client:
        first = await _sent(client, "board.picture", "그림.png", DOT)
        second = await _sent(client, "board.picture", "다시.png", DOT)
        shown = "".join(f'<img src="{url}?variant=800" alt="">' for url in (first, second))
        form = {"title": "원본", "content": f"<p>{shown}</p>"}
        post = (await _published(client, board, form)).headers["location"].rpartition("/")[2]
    async with company.client(company.admin) as admin:
        body = {"board_id": str(board)}
        copied = (await admin.post(f"/api/v1/board/posts/{post}/copy", json=body)).json()["data"]
        assert first not in copied["content"]
        assert second not in copied["content"]
        async with company.context() as ctx:
            await trash_post(ctx, UUID(post))
            await purge_post(ctx, UUID(post))
        assert (await admin.get(first)).status_code == 404
        pictures = [f"/api/v1/files/{one}" for one in pictures_in(copied["content"])]
        assert len({first, second, *pictures}) == 4
        for url in pictures:
            assert (await admin.get(url)).content == DOT
            assert (await admin.get(f"{url}?variant=800")).status_code == 200
        nameless = {"name": "익명", "kind": "anonymous"}
        there = (await admin.post("/api/v1/board/boards", json=nameless)).json()["data"]["id"]
        refused = await admin.post(
            f"/api/v1/board/posts/{copied['id']}/copy", json={"board_id": there}
        )
        assert refused.status_code == 409, refused.text


async def test_what_no_browser_shows_is_a_cover_once_it_is_drawn(
    maru: Kit, company: Company, board: UUID
) -> None:
    sizes = struct.pack("<IIIIiiHHIIiiII", 58, 0, 54, 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0)
    async with company.client(company.member) as client:
        sent = await _sent(
            client, "board.attachment", "사진.bmp", b"BM" + sizes + b"\x80\x40\x20\0"
        )
        file = sent.rpartition("/")[2]
        await _published(client, board, {"title": "사진", "files": file})
        await maru.work()
        tiles = (await client.get(f"/board/{board}?view=gallery")).text
    assert f'src="/api/v1/files/{file}?variant=800"' in tiles
