"""What happens in one browser is seen in another without loading a page again."""

from itertools import count

import pytest
from playwright.async_api import Locator, Page, expect
from tests.e2e.test_board import open_board, write
from tests.e2e.visitor import Look, Visitors, examine

pytestmark = pytest.mark.browser

NUMBERS = count(1)
SOON = 30_000  # milliseconds: the portlet's ten seconds, and a busy machine's
HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def recent(page: Page) -> Locator:
    return page.locator("[data-type='board.recent_posts']")


async def connected(page: Page) -> None:
    """Until the page hears what happens."""
    await expect(page.locator("html")).to_have_attribute("data-live", "open", timeout=SOON)


async def new_post(page: Page, visitors: Visitors) -> str:
    title = f"실시간으로 보이는 글 {next(NUMBERS)}"
    await open_board(page, visitors, "자유게시판")
    await write(page, title, "내용")
    await expect(page).to_have_title(f"{title} · 마루")
    return title


async def marked(page: Page) -> None:
    """Leaves a mark that a page which is loaded again has lost."""
    await page.evaluate("window.unbroken = true")


async def unbroken(page: Page) -> bool:
    return bool(await page.evaluate("window.unbroken === true"))


async def test_a_post_appears_on_the_portal_of_others(visitors: Visitors) -> None:
    async with visitors.tab("member") as writer, visitors.tab("manager") as reader:
        await connected(reader)
        await marked(reader)
        title = await new_post(writer, visitors)
        await expect(recent(reader)).to_contain_text(title, timeout=SOON)
        assert await unbroken(reader)
        await examine(reader, "portal-live")
        await writer.get_by_role("button", name="지우기").first.click()
        await writer.get_by_role("alertdialog").get_by_role("button", name="계속").click()
        await expect(recent(reader)).not_to_contain_text(title, timeout=SOON)
        assert await unbroken(reader)


async def test_a_hidden_tab_shows_it_when_it_is_seen(visitors: Visitors) -> None:
    async with (
        visitors.tab("member") as writer,
        visitors.tab("manager") as reader,
        visitors.tab("manager") as witness,
    ):
        await reader.clock.install()
        await reader.reload()
        await connected(reader)
        await connected(witness)
        await reader.evaluate(HIDE, True)
        title = await new_post(writer, visitors)
        await expect(recent(witness)).to_contain_text(title, timeout=SOON)
        await reader.clock.fast_forward(11_000)  # the portlet's ten seconds pass
        await expect(recent(reader)).not_to_contain_text(title)
        await reader.evaluate(HIDE, False)
        await expect(recent(reader)).to_contain_text(title, timeout=SOON)


@pytest.mark.parametrize(
    "look",
    [Look(), Look("en", 360, "dark"), Look("ko", 390), Look("en", 1280, "dark")],
    ids=str,
)
async def test_readers_of_a_post_see_its_comments_come_and_go(
    visitors: Visitors, look: Look
) -> None:
    async with visitors.tab("member") as writer, visitors.tab("manager", look=look) as reader:
        await new_post(writer, visitors)
        await reader.goto(writer.url)
        await connected(reader)
        await marked(reader)
        comments = reader.locator("#comments .live")
        await writer.get_by_label("댓글").last.fill("나도 보여요")
        await writer.get_by_role("button", name="등록").last.click()
        await expect(comments).to_contain_text("나도 보여요", timeout=SOON)
        await examine(reader, "post-live", look)
        await comments.locator("summary").click()
        answer = comments.locator("textarea")
        await answer.fill("쓰는 중")
        await writer.get_by_label("댓글").last.fill("하나 더")
        await writer.get_by_role("button", name="등록").last.click()
        await expect(reader.locator(".live-news")).to_be_visible(timeout=SOON)
        await expect(answer).to_be_focused()
        await examine(reader, "post-live-while-typing", look)
        await reader.locator(".live-news").click()
        await expect(comments).to_contain_text("하나 더")
        assert await unbroken(reader)


@pytest.mark.parametrize("look", [Look(), Look("en", 360, "dark")], ids=str)
async def test_who_is_signed_out_elsewhere_is_told(visitors: Visitors, look: Look) -> None:
    visitors.forget("manager")
    async with visitors.tab("manager", look=look) as page:
        await connected(page)
        other = await page.context.new_page()
        await other.goto(visitors.demo.url("hanbit"))
        await other.locator("[popovertarget=person-menu]").click()
        await other.locator("#person-menu form button").click()
        ended = page.locator(".live-ended")
        await expect(ended).to_be_visible(timeout=SOON)
        await examine(page, "session-ended", look)
        await ended.get_by_role("link").click()
        await expect(page.locator("#username")).to_be_visible()
    visitors.forget("manager")


async def test_the_policy_lets_the_line_through_and_nothing_else(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        await connected(page)
        refused = await page.evaluate(
            """() => new Promise(answer => {
              const told = event => answer(event.effectiveDirective);
              document.addEventListener('securitypolicyviolation', told);
              try { new WebSocket('ws://example.invalid/'); } catch { answer('threw'); }
            })"""
        )
        assert refused == "connect-src"
        visitors.faults.clear()
