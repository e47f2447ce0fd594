"""Mentions as people type them, and pop-ups as they meet and close them."""

import pytest
from playwright.async_api import Page, expect
from tests.e2e.visitor import Visitors, examine

pytestmark = pytest.mark.browser

TENANT = "saebom"  # whose portal no other test looks at


async def open_post(page: Page, visitors: Visitors) -> None:
    await page.goto(f"{visitors.demo.url(TENANT)}/board")
    await page.get_by_role("heading", name="점포 소식").get_by_role("link").click()
    await page.locator("tbody tr a.title").first.click()
    await expect(page.locator("#likes")).to_be_visible()


async def test_a_mention_is_sought_chosen_and_shown_by_name(visitors: Visitors) -> None:
    async with visitors.tab("member", TENANT) as page:
        await open_post(page, visitors)
        text = page.locator("#comments > .body > form textarea")
        await text.press_sequentially("확인 부탁해요 @김")
        options = page.locator("#comments > .body > form [role=option]")
        await expect(options.first).to_be_visible()
        await examine(page, "mention")
        name = await options.first.locator("strong").inner_text()
        await text.press("Enter")
        await expect(text).to_have_value(f"확인 부탁해요 @{name} ")
        await text.press_sequentially("님")
        await page.locator("#comments > .body > form button[type=submit]").click()
        await expect(page.locator(".mention").last).to_have_text(f"@{name}")
        await expect(page.locator("#comments")).not_to_contain_text("<@")


async def test_a_popup_closed_stays_away_and_for_today_if_wanted(visitors: Visitors) -> None:
    async with visitors.tab("admin", TENANT) as admin:
        await open_post(admin, visitors)
        await admin.locator("#likes").get_by_role("link", name="팝업").click()
        form = admin.url
        await admin.get_by_role("button", name="저장").click()
        await expect(admin.locator("#likes")).to_be_visible()
        try:
            async with visitors.tab("member", TENANT) as page:
                await page.goto(visitors.demo.url(TENANT))
                popup = page.locator("maru-popup")
                await expect(popup).to_be_visible()
                await examine(page, "popup")
                await popup.get_by_role("button", name="닫기").click()
                await expect(popup).to_have_count(0)
                async with page.expect_response("**/portal/popups"):
                    await page.reload()
                await expect(popup).to_have_count(0)
            async with visitors.tab("manager", TENANT) as page:
                await page.goto(visitors.demo.url(TENANT))
                await page.get_by_role("button", name="오늘 하루 보지 않기").click()
                await expect(page.locator("maru-popup")).to_have_count(0)
        finally:
            await admin.goto(form)
            await admin.get_by_role("button", name="팝업 내리기").click()
            await expect(admin.locator("#likes")).to_be_visible()
