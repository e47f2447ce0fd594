"""What people do all day, without a mouse: each step is found and done by keyboard alone."""

import pytest
from playwright.async_api import Locator, Page, expect
from tests.e2e.demo import PASSWORD
from tests.e2e.survey.company import Company
from tests.e2e.test_layers import tab_to
from tests.e2e.visitor import Look

pytestmark = pytest.mark.browser


async def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Goes to something by Tab and presses a key on it."""
    await tab_to(page, wanted)
    await expect(wanted).to_be_in_viewport()
    await page.keyboard.press(key)


async def fill(page: Page, field: Locator, text: str) -> None:
    """Goes to a field by Tab and types into it."""
    await tab_to(page, field)
    await page.keyboard.press("Control+a")
    await page.keyboard.insert_text(text)


async def enter(page: Page, company: Company, who: str) -> None:
    """Signs in: the form's first field has the focus already."""
    await page.goto(f"{company.url}/login")
    await expect(page.locator("#username")).to_be_focused()
    await page.keyboard.type(who)
    await fill(page, page.locator("#password"), PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("maru-grid")).to_be_visible()


async def leave(page: Page) -> None:
    """Signs out by the menu of the person, which closes and opens by keyboard."""
    button = page.locator(".person-button")
    await tab_to(page, button)
    await page.keyboard.press("Enter")
    await expect(page.locator("#person-menu")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#person-menu")).to_be_hidden()
    await expect(button).to_be_focused()
    await page.keyboard.press("Enter")
    await press(page, page.get_by_role("button", name="로그아웃"))
    await expect(page.locator("#username")).to_be_visible()


async def test_a_post_is_written_and_answered(company: Company) -> None:
    title = "키보드만으로 쓴 글"
    async with company.tab("", Look()) as page:
        await enter(page, company, "member")
        await press(page, page.locator("#side").get_by_role("link", name="게시판"))
        board = page.get_by_role("heading", name="자유게시판").get_by_role("link")
        await press(page, board)
        await press(page, page.get_by_role("link", name="글쓰기"))
        await fill(page, page.get_by_label("제목"), title)
        await tab_to(page, page.get_by_label("내용"))
        await page.keyboard.insert_text("마우스 없이 썼습니다.")
        await press(page, page.get_by_role("button", name="게시", exact=True))
        await expect(page).to_have_title(f"{title} · 마루")
        await fill(page, page.get_by_label("댓글").last, "잘 읽었습니다.")
        await press(page, page.get_by_role("button", name="등록").last)
        await expect(page.locator("#comments li")).to_contain_text("잘 읽었습니다.")
        await leave(page)


async def test_a_plugin_is_switched_and_a_role_is_changed(company: Company) -> None:
    async with company.tab("", Look()) as page:
        await enter(page, company, "admin")
        side = page.locator("#side")
        await press(page, side.get_by_role("link", name="플러그인"))
        await press(page, page.get_by_role("button", name="끄기"))
        dialog = page.get_by_role("alertdialog")
        await expect(dialog).to_be_visible()
        await press(page, dialog.get_by_role("button", name="계속"))
        await expect(page.get_by_role("button", name="켜기")).to_be_visible()
        await press(page, page.get_by_role("button", name="켜기"))
        await expect(page.get_by_role("button", name="끄기")).to_be_visible()
        await press(page, side.get_by_role("link", name="권한"))
        await press(page, page.get_by_role("link", name="사보 편집자"))
        box = page.get_by_role("checkbox", name="댓글 쓰기")
        await expect(box).to_be_checked()
        await press(page, box, "Space")
        await press(page, page.get_by_role("button", name="저장"))
        await expect(page.locator("main .note")).to_be_visible()
        await expect(box).not_to_be_checked()
        await press(page, box, "Space")
        await press(page, page.get_by_role("button", name="저장"))
        await expect(box).to_be_checked()
        await leave(page)
