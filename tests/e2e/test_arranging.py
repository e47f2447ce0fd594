"""Portlets are moved, sized, hidden and added, and stay so."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import Locator, Page, expect
from tests.e2e.visitor import Visitors, settled

pytestmark = pytest.mark.browser

RECENT, NOTICES, STAFF = "board.recent_posts", "board.notices", "core.organization"
PLACE = "e => ['x', 'y', 'w', 'h'].map(n => Number(getComputedStyle(e).getPropertyValue('--' + n)))"
OVERLAPS = """
    all => all.map(e => e.getBoundingClientRect()).flatMap((a, i, boxes) => boxes.slice(i + 1)
        .filter(b => a.left < b.right - 1 && b.left < a.right - 1
            && a.top < b.bottom - 1 && b.top < a.bottom - 1)).length
"""
Box = tuple[int, int, int, int]


def of(page: Page, kind: str) -> Locator:
    return page.locator(f".portlet[data-type='{kind}']")


async def place(page: Page, kind: str) -> Box:
    """x, y, w, h as the grid has them."""
    x, y, w, h = await of(page, kind).evaluate(PLACE)
    return x, y, w, h


async def arrange(page: Page) -> None:
    await page.get_by_role("button", name="화면 구성").click()
    await expect(page.locator("maru-grid.editing")).to_be_visible()


async def done(page: Page) -> None:
    await page.get_by_role("button", name="완료").click()
    await expect(page.locator("maru-grid.editing")).to_have_count(0)
    await expect(page.locator("#toasts")).to_contain_text("저장했습니다.")


async def drag(page: Page, what: Locator, dx: float, dy: float) -> None:
    box = await what.bounding_box()
    assert box
    x, y = box["x"] + min(20, box["width"] / 2), box["y"] + box["height"] / 2
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.move(x + dx, y + dy, steps=12)
    await page.mouse.up()
    await settled(page)


async def by_mouse(page: Page) -> None:
    await drag(page, of(page, STAFF).locator("h2"), -2000, 0)
    await drag(page, of(page, STAFF).locator(".corner"), 80, 110)


async def by_keyboard(page: Page) -> None:
    await of(page, STAFF).locator(".grip").focus()
    for _ in range(9):
        await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Shift+ArrowRight")
    await page.keyboard.press("Shift+ArrowDown")
    await expect(page.locator("#grid-says")).to_have_text("조직: 너비 4, 높이 6")


@pytest.mark.parametrize("act", [by_mouse, by_keyboard])
async def test_a_portlet_is_moved_and_sized_and_stays(
    visitors: Visitors, act: Callable[[Page], Awaitable[None]]
) -> None:
    who = "manager" if act is by_mouse else "member"
    async with visitors.tab(who) as page:
        assert (await place(page, STAFF))[2:] == (3, 5)
        await arrange(page)
        await act(page)
        arranged = await place(page, STAFF)
        assert (arranged[0], *arranged[2:]) == (0, 4, 6)
        await done(page)
        await page.reload()
        assert await place(page, STAFF) == arranged
        assert await page.locator(".portlet").evaluate_all(OVERLAPS) == 0


async def test_a_hidden_portlet_is_gone_and_can_be_added_again(visitors: Visitors) -> None:
    async with visitors.tab("manager", "saebom") as page:
        await arrange(page)
        await of(page, RECENT).locator(".hide").click()
        await done(page)
        await page.reload()
        await expect(of(page, RECENT)).to_have_count(0)
        await expect(of(page, NOTICES)).to_be_visible()
        await arrange(page)
        await page.get_by_role("button", name="포틀릿 추가").click()
        gallery = page.get_by_role("dialog")
        await gallery.get_by_role("button", name=re.compile("최근 글")).click()
        await gallery.get_by_role("button", name="추가", exact=True).click()
        async with page.expect_event("load"):
            await page.get_by_role("button", name="완료").click()
        await expect(of(page, RECENT).locator("li")).not_to_have_count(0)
        assert await page.locator(".portlet").evaluate_all(OVERLAPS) == 0


async def test_what_takes_a_hidden_ones_place_keeps_it(visitors: Visitors) -> None:
    async with visitors.tab("member", "saebom") as page:
        first = await place(page, RECENT)
        await arrange(page)
        await of(page, RECENT).locator(".hide").click()
        await of(page, NOTICES).locator(".grip").focus()
        for _ in range(12):
            await page.keyboard.press("ArrowLeft")
        assert (await place(page, NOTICES))[:2] == first[:2]
        await done(page)
        await page.reload()
        assert (await place(page, NOTICES))[:2] == first[:2]


async def test_of_two_tabs_the_second_to_save_is_told(visitors: Visitors) -> None:
    async with visitors.tab("admin", "saebom") as first:
        second = await first.context.new_page()
        await second.goto(first.url)
        await arrange(first)
        await arrange(second)
        for page in (first, second):
            await of(page, STAFF).locator(".grip").focus()
            await page.keyboard.press("Shift+ArrowDown")
        await done(first)
        kept = await place(first, STAFF)
        async with second.expect_response("**/api/v1/portal/layout?*") as answer:
            await second.get_by_role("button", name="완료").click()
        assert (await answer.value).status == 409
        told = second.get_by_role("dialog")
        await expect(told).to_contain_text("다른 곳에서 화면 구성을 바꾸었습니다.")
        async with second.expect_event("load"):
            await told.get_by_role("button", name="저장된 구성 불러오기").click()
        assert await place(second, STAFF) == kept


async def test_the_second_tab_can_keep_what_it_has_arranged(visitors: Visitors) -> None:
    async with visitors.tab("admin", "saebom") as first:
        second = await first.context.new_page()
        await second.goto(first.url)
        await arrange(first)
        await arrange(second)
        for page, key in ((first, "Shift+ArrowUp"), (second, "ArrowLeft")):
            await of(page, STAFF).locator(".grip").focus()
            await page.keyboard.press(key)
        mine = await place(second, STAFF)
        await done(first)
        async with second.expect_event("load"):
            await second.get_by_role("button", name="완료").click()
            await second.get_by_role("button", name="내 구성 유지").click()
        assert await place(second, STAFF) == mine


async def test_a_portlet_comes_back_to_its_place_with_its_plugin(visitors: Visitors) -> None:
    demo = visitors.demo
    async with visitors.tab("manager", "saebom") as page:
        await arrange(page)
        await of(page, NOTICES).locator(".grip").focus()
        await page.keyboard.press("Shift+ArrowDown")
        await done(page)
        before = {kind: await place(page, kind) for kind in (NOTICES, STAFF)}
        demo.maru("plugins", "disable", "board", "--tenant", "saebom")
        try:
            await gone(page, NOTICES)
            await arrange(page)
            await of(page, STAFF).locator(".grip").focus()
            await page.keyboard.press("Shift+ArrowDown")
            await done(page)
        finally:
            demo.maru("plugins", "enable", "board", "--tenant", "saebom")
        await back(page, NOTICES)
        assert await place(page, NOTICES) == before[NOTICES]


async def gone(page: Page, kind: str) -> None:
    """Asks for the page until it has no such portlet any more: two seconds are allowed."""
    await _until(page, kind, 0)


async def back(page: Page, kind: str) -> None:
    await _until(page, kind, 1)


async def _until(page: Page, kind: str, count: int) -> None:
    script = """async ([kind, count]) => {
        for (const end = Date.now() + 2000; Date.now() < end;) {
            const text = await (await fetch('/')).text();
            const page = new DOMParser().parseFromString(text, 'text/html');
            if (page.querySelectorAll(`[data-type="${kind}"]`).length === count) return true;
        }
        return false;
    }"""
    assert await page.evaluate(script, [kind, count])
    await page.reload()
