"""Rich text as people write it: Korean by its input method, by keyboard alone, pasted, and without
script; and what becomes of it."""

import json
import re
from itertools import count
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Page, expect
from tests.e2e.visitor import Look, Visitors, examine, settled, shoot, violations
from tests.e2e.writing import start_post

from maru_sdk._rich import cleaned

pytestmark = pytest.mark.browser

ATTACKS = Path(__file__).parents[2] / "sdk/tests/attacks.json"
NUMBERS = count(1)
PASTE = """([html, text]) => {
  const held = new DataTransfer();
  held.setData("text/html", html);
  held.setData("text/plain", text);
  document.activeElement.dispatchEvent(
    new ClipboardEvent("paste", {clipboardData: held, bubbles: true, cancelable: true}));
}"""
WORD = (
    "<html><head><style>p {color: red}</style></head><body>"
    "<!--[if gte mso 9]><xml>x</xml><![endif]-->"
    "<p class=MsoNormal style='margin:0cm'><span style='font-weight:bold;color:red'>굵은</span> "
    "<span style='font-style:italic'>기운</span> 글<o:p></o:p></p>"
    "<b style='font-weight:normal'><p>보통 글</p></b><img src=x onerror='window.hit = 1'>"
    "<a href='javascript:hit()'>나쁜 길</a><table><tr><td style='width:9cm'>칸</td></tr></table>"
)


async def opened(visitors: Visitors, page: Page) -> Locator:
    """The text of a new post, with nothing in it yet."""
    await page.goto(f"{visitors.demo.url('hanbit')}/board")
    await page.get_by_role("heading", name="자유게시판").get_by_role("link").click()
    await start_post(page)
    await expect(page.locator(".editor[data-state=ready]")).to_be_visible()
    text = page.locator(".editor").get_by_role("textbox")
    await text.click()
    return text


async def compose(page: Page, *syllables: str) -> None:
    """Types as a Korean input method does: each syllable grows letter by letter."""
    browser = await page.context.new_cdp_session(page)
    for steps in syllables:
        for step in steps.split():
            at = len(step)
            given = {"text": step, "selectionStart": at, "selectionEnd": at}
            await browser.send("Input.imeSetComposition", given)
        await browser.send("Input.insertText", {"text": steps.split()[-1]})


def sent(page: Page) -> Locator:
    """What the form would send."""
    return page.locator(".editor textarea")


async def publish(page: Page) -> str:
    title = f"서식 있는 글 {next(NUMBERS)}"
    await page.locator("#field-title").fill(title)
    await page.get_by_role("button", name="게시", exact=True).click()
    await expect(page).to_have_title(f"{title} · 마루")
    return title


async def test_korean_is_composed_where_the_cursor_is(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        await opened(visitors, page)
        await compose(page, "ㅎ 하 한", "ㄱ 그 글")
        await expect(sent(page)).to_have_value("<p>한글</p>")
        await page.keyboard.press("Control+b")
        await compose(page, "ㄱ 구 굵", "ㄱ 게")
        await page.keyboard.press("Control+b")
        await compose(page, "ㄷ 다")
        await expect(sent(page)).to_have_value("<p>한글<strong>굵게</strong>다</p>")
        await page.keyboard.press("Home")
        await compose(page, "ㅇ 아 앞")
        await page.keyboard.press("Shift+End")
        await compose(page, "ㅅ 새")
        await expect(sent(page)).to_have_value("<p>앞새</p>")
        await page.keyboard.press("Enter")
        await compose(page, "ㅁ 모 목")
        await expect(sent(page)).to_have_value("<p>앞새</p><p>목</p>")


async def test_a_text_is_written_by_keyboard_alone(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        text = await opened(visitors, page)
        await page.keyboard.press("Alt+F10")
        heading = page.get_by_role("button", name="큰 표제")
        await expect(heading).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(text).to_be_focused()
        await page.keyboard.type("안내")
        await expect(heading).to_have_attribute("aria-pressed", "true")
        await page.keyboard.press("Enter")
        await page.keyboard.type("- 하나")
        await page.keyboard.press("Enter")
        await page.keyboard.type("둘")
        await page.keyboard.press("Control+]")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Control+[")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Alt+F10")
        await page.keyboard.press("End")
        await page.keyboard.press("Home")
        for _ in range(12):
            await page.keyboard.press("ArrowRight")
        await expect(page.get_by_role("button", name="표 넣기")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.type("월")
        await expect(page.get_by_role("button", name="행 추가")).to_be_visible()
        await examine(page, "editor-table")
        await page.keyboard.press("Tab")
        await expect(text).not_to_be_focused()  # no trap
        await publish(page)
        shown = page.locator("article .prose")
        await expect(shown.get_by_role("heading", name="안내")).to_be_visible()
        await expect(shown.locator("ul ul li")).to_have_text("둘")
        await expect(shown.locator("th").first).to_have_text("월")
        await examine(page, "post-rich")


async def test_undo_takes_back_and_redo_gives_again(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        await opened(visitors, page)
        undo = page.get_by_role("button", name="실행 취소")
        await expect(undo).to_have_attribute("aria-disabled", "true")
        await page.keyboard.type("가나")
        await undo.click()
        await expect(sent(page)).to_have_value("")
        await page.get_by_role("button", name="다시 실행").click()
        await expect(sent(page)).to_have_value("<p>가나</p>")


async def test_a_link_leads_to_the_web_alone(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        text = await opened(visitors, page)
        await page.keyboard.type("누리집")
        await page.keyboard.press("Shift+Home")
        await page.keyboard.press("Control+Shift+L")
        dialog = page.get_by_role("dialog", name="링크")
        await dialog.get_by_label("주소").fill("javascript:alert(1)")
        await page.keyboard.press("Enter")
        await expect(dialog.get_by_role("alert")).to_be_visible()
        assert await violations(page) == []
        await shoot(page, "editor-link", whole=False)
        await dialog.get_by_label("주소").fill("example.com/가")
        await page.keyboard.press("Enter")
        await expect(text).to_be_focused()
        link = '<a href="https://example.com/가" rel="noopener nofollow">누리집</a>'
        await expect(sent(page)).to_have_value(f"<p>{link}</p>")
        await page.get_by_role("button", name="링크", exact=True).click()
        await expect(dialog.get_by_label("주소")).to_have_value("https://example.com/가")
        await dialog.get_by_role("button", name="링크 해제").click()
        await expect(sent(page)).to_have_value("<p>누리집</p>")


async def test_what_is_pasted_leaves_its_looks_behind(visitors: Visitors) -> None:
    """And the policy has nothing to complain of: the visitors' fixture fails on that."""
    async with visitors.tab("member") as page:
        await opened(visitors, page)
        await page.evaluate(PASTE, [WORD, ""])
        await expect(sent(page)).to_have_value(
            re.compile(r"<p><strong>굵은</strong> <em>기운</em> 글</p><p>보통 글</p>")
        )
        kept = await sent(page).input_value()
        assert "javascript" not in kept
        assert "style" not in kept
        assert "<td><p>칸</p></td>" in kept
        await page.keyboard.press("Control+a")
        await page.evaluate(PASTE, ["", "한 줄\n다음 줄\n\n새 문단 <b>"])
        await expect(sent(page)).to_have_value("<p>한 줄<br>다음 줄</p><p>새 문단 &lt;b&gt;</p>")
        assert await page.evaluate("window.hit") is None


async def test_without_script_plain_text_and_simple_marks_are_taken(visitors: Visitors) -> None:
    async with visitors.tab("member", script=False) as page:
        await page.goto(f"{visitors.demo.url('hanbit')}/board")
        await page.get_by_role("heading", name="자유게시판").get_by_role("link").click()
        await start_post(page, script=False)
        await page.get_by_label("내용").fill("첫 줄\n둘째 줄\n\n3 < 5")
        await publish(page)
        await expect(page.locator("article .prose p").last).to_have_text("3 < 5")
        await page.get_by_role("link", name="고치기").click()
        await expect(page.get_by_label("내용")).to_have_value("첫 줄\n둘째 줄\n\n3 < 5")
        await page.get_by_label("내용").fill("<b>굵게</b><script>x</script>")
        await page.get_by_role("button", name="저장").click()
        await expect(page.locator("article .prose strong")).to_have_text("굵게")


@pytest.mark.parametrize(
    "look", [Look("ko", 390, "dark"), Look("en", 390, "light"), Look("en", 1280, "dark")], ids=str
)
async def test_the_editor_fits_and_is_accessible(visitors: Visitors, look: Look) -> None:
    async with visitors.tab("admin", look=look) as page:
        await opened(visitors, page)
        await page.keyboard.type("## 표제")
        await page.keyboard.press("Enter")
        await page.keyboard.type("글을 씁니다. " * 12)
        await settled(page)
        await examine(page, "editor", look)


FORBIDDEN = "script, img, iframe, style, object, embed, form, input, [onclick], [onerror], [style]"
DRAWN = """([all, around, forbidden]) => all.filter(html => {
  document.body.innerHTML = around.replace("{}", () => html);
  return document.body.querySelector(forbidden);
})"""


@pytest.mark.parametrize(
    "around", ["<div>{}</div>", "<table><tr><td>{}</td></tr></table>", "<svg>{}</svg>"]
)
async def test_no_attack_survives_in_a_browser(browser: Browser, around: str) -> None:
    """Each is drawn by the browser itself, without a policy that would stop it."""
    page = await browser.new_page()
    attacks = [cleaned(html) for _, html in json.loads(ATTACKS.read_text())]
    assert await page.evaluate(DRAWN, [attacks, around, FORBIDDEN]) == []
    await page.add_init_script("window.hit = () => { window.was = 1 }")
    whole = "".join(around.replace("{}", html) for html in attacks)
    await page.goto("about:blank")
    await page.set_content(whole)
    assert await page.evaluate("[typeof hit, window.was ?? null]") == ["function", None]
    assert await page.locator(FORBIDDEN).count() == 0
    await page.close()
