"""Reading and every form work without script: from signing in to signing out."""

import re
from itertools import count

import pytest
from playwright.async_api import expect
from tests.e2e.visitor import Visitors, fill_sign_in

pytestmark = pytest.mark.browser

NUMBERS = count(1)


async def test_signing_in_reading_writing_and_settings(visitors: Visitors) -> None:
    base, title = visitors.demo.url("saebom"), f"스크립트 없이 쓴 글 {next(NUMBERS)}"
    async with visitors.tab(script=False) as page:
        await page.goto(f"{base}/login")
        await fill_sign_in(page, "manager")
        await expect(page.locator("maru-grid > .portlet").first).to_be_visible()
        assert await page.locator(".portal .does button:visible").count() == 0
        await page.locator(".top .search input").fill("나눔")
        await page.locator(".top .search input").press("Enter")
        await expect(page.get_by_role("heading", name="검색", level=1)).to_be_visible()
        await page.get_by_role("link", name=re.compile("나눔장터에 새 글")).click()
        await page.get_by_label("제목").fill(title)
        await page.get_by_label("내용").fill("본문")
        await page.get_by_role("button", name="게시", exact=True).click()
        await expect(page.get_by_role("heading", name=title)).to_be_visible()
        await page.get_by_role("link", name="이 화면 도움말").click()
        await expect(page.get_by_role("heading", name="글 읽기와 댓글")).to_be_visible()
        await page.goto(f"{base}/preferences")
        await page.get_by_label("화면 모드").select_option("dark")
        await page.get_by_role("button", name="저장").click()
        await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        await page.get_by_label("화면 모드").select_option("system")
        await page.get_by_role("button", name="저장").click()
        await expect(page.locator("html:not([data-theme])")).to_have_count(1)
        await page.goto(f"{base}/portal/history")
        await expect(page.get_by_role("heading", name="내 포털 변경 이력")).to_be_visible()
        await page.locator(".person-button").click()
        await page.locator("#person-menu").get_by_role("button", name="로그아웃").click()
        await expect(page.locator("#username")).to_be_visible()


async def test_an_administrator_switches_a_plugin(visitors: Visitors) -> None:
    async with visitors.tab("admin", "saebom", script=False) as page:
        await page.goto(f"{visitors.demo.url('saebom')}/admin/plugins")
        row = page.locator("tr", has_text="게시판")
        await row.get_by_role("button", name="끄기").click()
        await expect(row.get_by_role("button", name="켜기")).to_be_visible()
        await row.get_by_role("button", name="켜기").click()
        await expect(row.get_by_role("button", name="끄기")).to_be_visible()
        await page.locator(".fold button").click()
        await expect(page.locator(".frame.folded")).to_have_count(1)
        await page.locator(".fold button").click()
        await expect(page.locator(".frame.folded")).to_have_count(0)
