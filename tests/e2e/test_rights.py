"""Rights in a browser: a role is made, limited to one board, given to somebody, and explained."""

import pytest
from playwright.async_api import Page, expect
from tests.e2e.visitor import Visitors

pytestmark = pytest.mark.browser


async def test_a_role_is_made_given_explained_and_taken(visitors: Visitors) -> None:
    url = visitors.demo.url("hanbit")
    async with visitors.tab("admin") as page:
        await page.goto(f"{url}/admin/rights")
        await page.get_by_label("이름").fill("외부 독자")
        await page.get_by_role("button", name="만들기").click()
        await page.get_by_label("게시판 읽기").check()
        await page.get_by_role("button", name="저장").click()
        await expect(page.get_by_role("checkbox", checked=True)).to_have_count(1)
        await give(page, url, "member", "외부 독자", "board:17")
        await page.goto(f"{url}/admin/rights/why?q=member&permission=core:audit:read")
        await expect(page.get_by_role("alert")).to_contain_text("허용하는 역할이 없습니다")
        await page.goto(f"{url}/admin/rights/grants?resource=board:17")
        page.on("dialog", lambda dialog: dialog.accept())
        await page.get_by_role("button", name="회수").click()
        await confirm(page)
        await expect(page.get_by_text("회수했습니다")).to_be_visible()


async def give(page: Page, url: str, who: str, role: str, thing: str) -> None:
    await page.goto(f"{url}/admin/rights/grants/new")
    await page.get_by_label("이름 앞부분").fill(who)
    await page.get_by_role("button", name="찾기").click()
    subject = page.get_by_label("받는 사람")
    value = await subject.locator(f"option:has-text('({who}')").first.get_attribute("value")
    await subject.select_option(value)
    await page.get_by_label("역할", exact=True).select_option(label=role)
    await page.get_by_label("특정 대상으로 한정").fill(thing)
    await page.get_by_role("button", name="부여", exact=True).click()
    await expect(page.get_by_role("row").filter(has_text=thing)).to_contain_text(role)


async def confirm(page: Page) -> None:
    """Says yes where the page asks in a dialog of its own."""
    asked = page.locator("dialog[open] button.danger, dialog[open] button.primary")
    if await asked.count():
        await asked.last.click()
