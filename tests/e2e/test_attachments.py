"""Files on posts: by hand, after a cut, and by a machine whose connection breaks."""

import asyncio
import base64
import os
import re
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from httpx2 import AsyncClient
from playwright.async_api import Page, Route, expect
from tests.e2e.demo import PASSWORD
from tests.e2e.test_board import confirm, open_board, write
from tests.e2e.visitor import Look, Visitors, examine

pytestmark = pytest.mark.browser
NUMBERS = count(1)
TUS = {"Tus-Resumable": "1.0.0"}
HOLDING = """const file = await new Promise((done) => {
    const canvas = Object.assign(document.createElement("canvas"), {width: 1200, height: 700});
    const ink = canvas.getContext("2d");
    for (let at = 0; at < 12; at += 1) {
      ink.fillStyle = `hsl(${at * 30} 60% 60%)`;
      ink.fillRect(at * 100, 0, 100, 700);
    }
    canvas.toBlob((blob) => done(new File([blob], "색상표.png", {type: "image/png"})));
  });
  const held = new DataTransfer();
  held.items.add(file);"""
PASTE = (
    f"async () => {{ {HOLDING} document.activeElement.dispatchEvent("
    'new ClipboardEvent("paste", {clipboardData: held, bubbles: true, cancelable: true})); }'
)
DRAG = (
    f"async (place) => {{ {HOLDING} for (const kind of ['dragenter', 'dragover', 'drop'])"
    "place.dispatchEvent(new DragEvent(kind, {dataTransfer: held, bubbles: true})); }"
)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A file with a Korean name and three megabytes."""
    path = tmp_path / "분기 보고서.pdf"
    path.write_bytes(b"%PDF-1.7\n" + os.urandom(3_000_000))
    return path


async def written(page: Page, visitors: Visitors) -> None:
    """A post of its own."""
    await open_board(page, visitors, "자유게시판")
    await write(page, f"첨부가 있는 글 {next(NUMBERS)}", "본문")
    await expect(page.locator("#files")).to_be_visible()


async def test_a_file_is_attached_saved_and_removed(visitors: Visitors, report: Path) -> None:
    async with visitors.tab("member") as page:
        await written(page, visitors)
        await page.locator("#files input[type=file]").set_input_files(report)
        link = page.locator("#files").get_by_role("link", name="분기 보고서.pdf")
        await expect(link).to_be_visible()
        await examine(page, "attachments")
        async with page.expect_download() as saving:
            await link.click()
        saved = await saving.value
        assert saved.suggested_filename == "분기 보고서.pdf"
        assert (await saved.path()).read_bytes() == report.read_bytes()
        async with visitors.tab("manager", look=Look("en", 390, "dark")) as other:
            await other.goto(page.url)
            await expect(other.get_by_role("link", name="분기 보고서.pdf")).to_be_visible()
            await examine(other, "attachments", Look("en", 390, "dark"))
        await page.locator("#files").get_by_role("button", name="제거").click()
        await confirm(page)
        await expect(page.locator("main .note")).to_contain_text("분기 보고서.pdf")
        await expect(link).to_have_count(0)


async def test_a_new_post_takes_pasted_pictures_and_dragged_files(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        await open_board(page, visitors, "자유게시판")
        await page.get_by_role("link", name=re.compile("글쓰기|Write")).click()
        await page.get_by_label("제목").fill(f"그림이 있는 글 {next(NUMBERS)}")
        await expect(page.locator(".editor[data-state=ready]")).to_be_visible()
        await page.locator(".editor").get_by_role("textbox").click()
        await page.keyboard.type("아래는 색상표입니다.")
        await page.evaluate(PASTE)
        await expect(page.locator(".editor .prose img[alt=색상표]")).to_be_visible()
        await page.locator("maru-drop .place").evaluate(DRAG)
        await expect(page.locator("maru-drop li", has_text="완료")).to_be_visible()
        await examine(page, "attaching")
        await page.get_by_role("button", name="게시", exact=True).click()
        shown = page.locator("article .prose img[alt=색상표]")
        await expect(shown).to_be_visible()
        assert await shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
        await expect(page.locator("#files").get_by_role("link", name="색상표.png")).to_be_visible()
        await expect(page.locator("#files img.thumbnail")).to_be_visible()
        await examine(page, "pictures")
        async with visitors.tab("manager", look=Look("en", 390, "dark")) as other:
            await other.goto(page.url)
            await expect(other.locator("article .prose img")).to_be_visible()
            await examine(other, "pictures", Look("en", 390, "dark"))


async def test_what_is_refused_says_why(visitors: Visitors, tmp_path: Path) -> None:
    program = tmp_path / "청구서.pdf"
    program.write_bytes(b"\x7fELF" + bytes(100))
    async with visitors.tab("member") as page:
        await written(page, visitors)
        await page.locator("#files input[type=file]").set_input_files(program)
        await expect(page.locator("#files li.bad")).to_contain_text("실행 파일")


async def test_it_goes_on_after_a_connection_was_reset(visitors: Visitors, report: Path) -> None:
    cuts = iter(["connectionreset"])

    async def once(route: Route) -> None:
        if route.request.method == "PATCH" and (cut := next(cuts, None)):
            await route.abort(cut)
        else:
            await route.continue_()

    async with visitors.tab("member") as page:
        await written(page, visitors)
        await page.route("**/api/v1/files/uploads/*", once)
        await page.locator("#files input[type=file]").set_input_files(report)
        await expect(page.locator("#files li", has_text="이어서")).to_be_visible()
        await expect(page.locator("#files li", has_text="완료")).to_be_visible(timeout=40_000)
        link = page.locator("#files").get_by_role("link", name="분기 보고서.pdf")
        await expect(link).to_be_visible()
        async with page.expect_download() as saving:
            await link.click()
        assert (await (await saving.value).path()).read_bytes() == report.read_bytes()


async def test_a_connection_that_is_killed_costs_nothing_that_came(
    visitors: Visitors, report: Path
) -> None:
    async with visitors.tab("member") as page:
        await written(page, visitors)
        post = re.sub(r".*/", "", page.url)
    host, content = urlsplit(visitors.demo.url("hanbit")).netloc, report.read_bytes()
    local = f"http://127.0.0.1:{visitors.demo.port}"
    async with AsyncClient(base_url=local, headers={"Host": host}, timeout=30) as client:
        body = {"username": "member", "password": PASSWORD}
        login = await client.post("/api/v1/auth/login", json=body)
        bearer = {"Authorization": f"Bearer {login.json()['data']['access_token']}", **TUS}
        named = base64.b64encode(b"a.pdf").decode()
        headers = {"Upload-Length": str(len(content)), "Upload-Metadata": f"filename {named}"}
        url = f"/api/v1/files/uploads?kind=board.attachment&on={post}"
        begun = await client.post(url, headers={**bearer, **headers})
        place = begun.headers["location"]
        await _killed(visitors.demo.port, host, place, bearer["Authorization"], content)
        at = await _offset(client, place, bearer)
        assert 0 < at < len(content)
        piece = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(at)}
        done = await client.patch(place, headers={**bearer, **piece}, content=content[at:])
        assert done.status_code == 204, done.text
        file = await client.get(done.headers["content-location"], headers=bearer)
        assert file.content == content


async def _killed(port: int, host: str, place: str, bearer: str, content: bytes) -> None:
    """Sends two thirds of it, and cuts the connection."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    head = (
        f"PATCH {place} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {bearer}\r\n"
        "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
        f"Content-Type: application/offset+octet-stream\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    writer.write(head.encode() + content[:2_000_000])
    await writer.drain()
    writer.close()
    await writer.wait_closed()


async def _offset(client: AsyncClient, place: str, bearer: dict[str, str]) -> int:
    """How far it has come, once the server has noticed the cut."""
    async with asyncio.timeout(30):
        while True:
            state = await client.head(place, headers=bearer)
            if (at := int(state.headers["upload-offset"])) > 0:
                return at
            await asyncio.sleep(0.05)
