"""The palette: opened, sought in and left by keyboard, on a phone and in both languages."""

import re

import pytest
from playwright.async_api import Page, expect
from tests.e2e.visitor import Look, Visitors, examine, settled, shoot, violations

pytestmark = pytest.mark.browser

BOX = "dialog.palette"


async def opened(page: Page) -> None:
    await page.keyboard.press("Control+k")
    await expect(page.locator(f"{BOX} [role=option]").first).to_be_visible()


async def test_keyboard_alone_leads_from_a_page_to_another(visitors: Visitors) -> None:
    async with visitors.tab("admin") as page:
        await opened(page)
        field = page.get_by_role("combobox", name="검색과 바로 가기")
        await expect(field).to_be_focused()
        await page.keyboard.type("감ㅅ")
        chosen = page.locator(f"{BOX} [aria-selected=true]")
        await expect(chosen).to_contain_text("감사 기록")
        told = await chosen.get_attribute("id")
        await expect(field).to_have_attribute("aria-activedescendant", str(told))
        assert await violations(page) == []
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile("/admin/audit$"))


async def test_arrows_choose_and_escape_gives_the_focus_back(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        start = page.locator(".person-button")
        await start.focus()
        await opened(page)
        options = page.locator(f"{BOX} [role=option]")
        for key, place in (("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1)):
            await page.keyboard.press(key)
            await expect(options.nth(place)).to_have_attribute("aria-selected", "true")
        await page.keyboard.press("Escape")
        await expect(page.locator(BOX)).to_be_hidden()
        await expect(start).to_be_focused()


async def test_actions_of_plugins_people_and_nothing(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        await opened(page)
        found = page.locator(f"{BOX} .found")
        await page.keyboard.type("자유 새글")
        await expect(found.get_by_role("option", name="자유게시판에 새 글 쓰기")).to_be_visible()
        await page.locator(f"{BOX} input").fill("쀍쀍")
        await expect(found).to_contain_text("찾은 결과가 없습니다")
        await expect(page.locator(f"{BOX} [role=status]")).to_contain_text("없습니다")
        await page.locator(f"{BOX} input").fill("자유 새글")
        await expect(found.get_by_role("option", name="자유게시판")).to_be_visible()
        await page.keyboard.press("Enter")
        await expect(page).to_have_url(re.compile("/board/posts/new"))


@pytest.mark.parametrize("look", [Look("ko", 390, "dark"), Look("en", 1280, "light")], ids=str)
async def test_looks(visitors: Visitors, look: Look) -> None:
    async with visitors.tab("admin", look=look) as page:
        opener = ".narrow[data-palette]" if look.width < 500 else ".search-button"
        await page.locator(opener).click()
        await expect(page.locator(f"{BOX} [role=option]").first).to_be_visible()
        await settled(page)
        await shoot(page, "palette", look, whole=False)
        assert await violations(page) == []
        await page.keyboard.press("Escape")
        await page.goto(f"{visitors.demo.url('hanbit')}/search?q=ㄱㅅ")
        await examine(page, "search", look)


async def test_help_is_one_press_away_and_findable(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        await page.goto(f"{visitors.demo.url('hanbit')}/board")
        await page.get_by_role("link", name="이 화면 도움말").click()
        await expect(page.get_by_role("heading", name="게시판", level=1)).to_be_visible()
        await examine(page, "help")
        await opened(page)
        await page.keyboard.type("복구 코드")
        await expect(page.locator(f"{BOX} .found")).to_contain_text("2단계 인증")


async def test_the_side_folds_and_stays_so(visitors: Visitors) -> None:
    async with visitors.tab("admin") as page:
        side, fold = page.locator("#side"), page.locator(".fold button")
        wide = await side.evaluate("one => one.offsetWidth")
        await fold.click()
        await expect(page.locator(".frame.folded")).to_be_visible()
        await page.reload()
        assert await side.evaluate("one => one.offsetWidth") < wide / 2
        await expect(side.get_by_role("link", name="게시판")).to_be_visible()
        await examine(page, "folded")
        await fold.click()
        await expect(page.locator(".frame.folded")).to_have_count(0)
