"""What a change of pages keeps and ends: scroll, title, focus, what was typed, sockets."""

import pytest
from playwright.async_api import expect
from tests.e2e.visitor import Visitors

pytestmark = pytest.mark.browser

LOW = 400


async def test_back_and_forward_keep_scroll_and_title(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        await page.goto(f"{visitors.demo.url('hanbit')}/board")
        await page.evaluate(f"scrollTo(0, {LOW})")
        await page.wait_for_function(f"scrollY === {LOW}")
        link = page.locator("ul.list a.title").nth(8)
        title = await link.inner_text()
        await link.click()
        await expect(page).to_have_title(f"{title} · 마루")
        assert await page.evaluate("scrollY") == 0
        await page.go_back()
        await expect(page).to_have_title("게시판 · 마루")
        await page.wait_for_function(f"scrollY === {LOW}")
        await page.go_forward()
        await expect(page).to_have_title(f"{title} · 마루")


async def test_the_skip_link_is_first_and_leads_to_the_content(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        await page.goto(f"{visitors.demo.url('hanbit')}/organization")
        await page.keyboard.press("Tab")
        await expect(page.locator(".skip")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#main")).to_be_focused()


async def test_a_refused_form_keeps_what_was_typed_and_leads_to_the_fault(
    visitors: Visitors,
) -> None:
    async with visitors.tab("admin") as page:
        await page.goto(f"{visitors.demo.url('hanbit')}/board")
        await page.locator("h2 a").first.click()
        await page.get_by_role("link", name="글쓰기").click()
        await page.get_by_label("제목").fill(" ")
        await page.get_by_label("게시 시각").fill("2030-01-01T09:00")
        await page.get_by_role("button", name="게시", exact=True).click()
        await expect(page.locator("[aria-invalid=true]").first).to_be_visible()
        await expect(page.locator(".summary")).to_be_focused()
        await expect(page.get_by_label("게시 시각")).to_have_value("2030-01-01T09:00")
        await page.locator(".summary a").first.press("Enter")
        await expect(page.locator("[aria-invalid=true]").first).to_be_focused()


LEFT = """() => {
  const made = WebSocket;
  const all = [];
  window.WebSocket = class extends made {
    constructor(...given) { super(...given); all.push(this); }
  };
  addEventListener("load", () => addEventListener("pagehide", () =>
    sessionStorage.setItem("left", JSON.stringify(all.map((one) => one.readyState > 1)))));
  window.sockets = () => all.filter((one) => one.readyState === 1).length;
}"""


async def test_sockets_of_the_page_before_are_closed(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        await page.add_init_script(f"({LEFT})()")
        await page.goto(f"{visitors.demo.url('hanbit')}/board")
        await page.locator("ul.list a.title").first.click()
        await page.wait_for_function("sockets() > 0")
        await page.goto(f"{visitors.demo.url('hanbit')}/organization")
        left = await page.evaluate("JSON.parse(sessionStorage.getItem('left'))")
        assert left
        assert all(left)
