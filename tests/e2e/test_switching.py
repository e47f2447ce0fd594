"""A plugin is switched off in one company: everywhere there, and nowhere else."""

from typing import Any

import pytest
from playwright.async_api import Page, expect
from tests.e2e.visitor import Visitors

pytestmark = pytest.mark.browser

# Asks until the answer is the wanted one; two seconds are allowed. Several at a time, since each
# of the demo's processes has to hear of it.
WAIT = """async ([path, wanted]) => {
    for (const end = Date.now() + 2000; Date.now() < end;) {
        const all = await Promise.all([1, 2, 3].map(() => fetch(path).then(one => one.status)));
        if (all.every(one => one === wanted)) return true;
    }
    return false;
}"""
STATUS = "path => fetch(path).then(one => one.status)"
DATA = "/api/v1/portal/data/board.recent_posts"
API = "/api/v1/board/boards"


async def switch(page: Page, visitors: Visitors, name: str) -> None:
    await page.goto(f"{visitors.demo.url('hanbit')}/admin/plugins")
    row = page.get_by_role("row").filter(has_text="board")
    await row.get_by_role("button", name=name).click()
    if name == "끄기":
        await page.get_by_role("alertdialog").get_by_role("button", name="계속").click()
    await expect(page.locator("main .note.good")).to_contain_text("게시판")
    await expect(page.locator(".page-head")).to_contain_text("4개가 모두")  # it says so by itself


async def statuses(page: Page) -> dict[str, Any]:
    return {path: await page.evaluate(STATUS, path) for path in ("/board", API, DATA)}


async def test_off_everywhere_in_one_company_and_on_again_with_its_data(
    visitors: Visitors,
) -> None:
    async with (
        visitors.tab("admin") as admin,
        visitors.tab("member") as member,
        visitors.tab("member", "saebom") as other,
    ):
        await member.goto(f"{visitors.demo.url('hanbit')}/board")
        boards = await member.locator("h2").all_inner_texts()
        await switch(admin, visitors, "끄기")
        try:
            assert await member.evaluate(WAIT, [API, 404])
            await nothing_left(member)
            assert await statuses(other) == {"/board": 200, API: 200, DATA: 200}
            await other.reload()
            await expect(other.get_by_role("link", name="게시판")).to_be_visible()
            await expect(other.locator("[data-type^='board.']")).not_to_have_count(0)
        finally:
            await switch(admin, visitors, "켜기")
        assert await member.evaluate(WAIT, [API, 200])
        assert await statuses(member) == {"/board": 200, API: 200, DATA: 200}
        await member.goto(f"{visitors.demo.url('hanbit')}/board")
        assert await member.locator("h2").all_inner_texts() == boards


async def nothing_left(page: Page) -> None:
    """No page, no API, no navigation, no portlet; the missing page keeps the person's frame."""
    assert await statuses(page) == {"/board": 404, API: 404, DATA: 404}
    await page.reload()
    await expect(page.get_by_role("heading", name="페이지를 찾을 수 없습니다")).to_be_visible()
    await expect(page.locator(".person-button")).to_be_visible()
    await expect(page.get_by_role("link", name="게시판")).to_have_count(0)
    await page.get_by_role("link", name="포털로 가기").click()
    await expect(page.locator("[data-type='core.organization']")).to_be_visible()
    await expect(page.locator("[data-type^='board.']")).to_have_count(0)
