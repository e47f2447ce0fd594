"""Paper: black on white, no navigation and nothing to press, whatever theme the screen has."""

import pytest
from playwright.async_api import Page, expect
from tests.e2e.visitor import Look, Visitors, shoot

pytestmark = pytest.mark.browser

PAPER = 700  # pixels between the margins of A4
AROUND = (".top", "#side", ".toasts", ".portal-foot", "maru-palette")
PATHS = {
    "portal": "/",
    "people": "/admin/people",
    "audit": "/admin/audit",
    "organization": "/organization",
    "help": "/help/portal",
    "settings": "/preferences",
}


async def on_paper(page: Page) -> None:
    await page.emulate_media(media="print")
    await page.set_viewport_size({"width": PAPER, "height": 1_000})


@pytest.mark.parametrize("name", PATHS)
async def test_a_page_on_paper(visitors: Visitors, name: str) -> None:
    look = Look(theme="dark")
    async with visitors.tab("admin", look=look) as page:
        await page.goto(f"{visitors.demo.url('hanbit')}{PATHS[name]}")
        await on_paper(page)
        for around in AROUND:
            assert await page.locator(f"{around}:visible").count() == 0, around
        assert await page.locator("main .button:visible").count() == 0
        paint = await page.evaluate(
            "[document.body, document.querySelector('h1')].map(one => getComputedStyle(one))"
            ".map(one => [one.backgroundColor, one.color])"
        )
        assert paint[0] == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
        assert paint[1][1] == "rgb(0, 0, 0)"
        await shoot(page, f"paper-{name}", look)


async def test_the_portal_is_one_column_and_tables_repeat_their_heads(visitors: Visitors) -> None:
    async with visitors.tab("admin") as page:
        await on_paper(page)
        lefts = await page.locator("maru-grid > .portlet").evaluate_all(
            "all => all.map(one => Math.round(one.getBoundingClientRect().left))"
        )
        assert len(lefts) > 1
        assert len(set(lefts)) == 1
        await page.goto(f"{visitors.demo.url('hanbit')}/admin/people")
        shown = await page.locator("thead").first.evaluate("one => getComputedStyle(one).display")
        assert shown == "table-header-group"


async def test_chromium_prints_it(visitors: Visitors) -> None:
    """A list of 60 people takes pages of its own, and none is empty."""
    async with visitors.tab("admin") as page:
        await page.goto(f"{visitors.demo.url('hanbit')}/help/board")
        await expect(page.locator(".prose")).to_be_visible()
        assert pages_of(await page.pdf(format="A4")) == 1
        await page.goto(f"{visitors.demo.url('hanbit')}/admin/people")
        assert 2 <= pages_of(await page.pdf(format="A4")) <= 6


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF has."""
    return pdf.count(b"/Type /Page\n")
