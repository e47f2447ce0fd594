"""The portal page stands still while it loads, and what it loads is little."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from playwright.async_api import CDPSession, Page, Route, expect
from tests.e2e.visitor import Look, Visitors, settled, speak

pytestmark = pytest.mark.browser

SHIFT = 0.02
SCRIPT, STYLE = 120_000, 40_000
LATE = 0.7  # seconds: a font that comes after the page was painted
WATCH = """
    window.shifts = [];
    new PerformanceObserver(list => {
        for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifts.push({
            value: one.value, of: one.sources.map(s => s.node?.outerHTML?.slice(0, 200)),
        });
    }).observe({type: 'layout-shift', buffered: true});
"""
LOADED = "document.fonts.ready.then(fonts => [...fonts].filter(f => f.status == 'loaded').length)"


async def late(route: Route) -> None:
    """The answer comes when the page has been painted with another font."""
    await asyncio.sleep(LATE)
    await route.continue_()


async def opened(page: Page, visitors: Visitors) -> None:
    """The portal with everything on it, fonts too."""
    await page.goto(visitors.demo.url("hanbit"))
    await expect(page.locator("maru-grid .portlet").first).to_be_visible()
    await settled(page)
    assert await page.evaluate(LOADED) > 0
    # A shift is told with the frame after it.
    await page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))")


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_nothing_moves_while_fonts_arrive(
    visitors: Visitors, width: int, language: Any
) -> None:
    look = Look(language=language, width=width)
    state = await visitors.session("member", "hanbit")
    async with visitors.context(look, state=state) as context:
        await speak(context, visitors.demo.url("hanbit"), language)
        page = await context.new_page()
        await page.add_init_script(WATCH)
        await page.route("**/*.woff2", late)
        await opened(page, visitors)
        shifts = await page.evaluate("window.shifts")
        assert sum(one["value"] for one in shifts) <= SHIFT, shifts


async def test_what_comes_over_the_line_is_within_its_budgets(visitors: Visitors) -> None:
    state = await visitors.session("member", "hanbit")
    async with visitors.context(state=state) as context:
        page = await context.new_page()
        line = await context.new_cdp_session(page)
        sizes = await _watched(line)
        await opened(page, visitors)
        assert 0 < sizes["Script"] <= SCRIPT
        assert 0 < sizes["Stylesheet"] <= STYLE


async def _watched(line: CDPSession) -> Counter[str]:
    """Bytes by kind of resource, as they came over the line, heads included."""
    kinds: dict[str, str] = {}
    sizes: Counter[str] = Counter()

    def answered(told: Any) -> None:
        kinds[told["requestId"]] = told["type"]

    def finished(told: Any) -> None:
        sizes[kinds.get(told["requestId"], "")] += round(told["encodedDataLength"])

    line.on("Network.responseReceived", answered)
    line.on("Network.loadingFinished", finished)
    await line.send("Network.enable")
    return sizes
