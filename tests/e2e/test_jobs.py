"""What an admin does with jobs, schedules and events, at a browser."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Page, expect
from tests.e2e.demo import Demo
from tests.e2e.visitor import Visitors, examine

pytestmark = pytest.mark.browser

PATIENCE = 30_000


@pytest.fixture(scope="module")
def kitchen(grown: Demo) -> Iterator[Demo]:
    """A demo in which something can be ordered that can't be cooked."""
    grown.maru("plugins", "enable", "slowfail", "--tenant", "saebom")
    yield grown
    grown.maru("plugins", "disable", "slowfail", "--tenant", "saebom")


async def reload_until(page: Page, text: str) -> None:
    """Looks again until the page says so."""
    for _ in range(60):
        if await page.get_by_text(text, exact=True).count():
            return
        await page.wait_for_timeout(500)
        await page.reload()
    raise AssertionError(f"{text} never came: {await page.locator('main').inner_text()}")


@pytest.mark.parametrize("script", [True, False])
async def test_a_dead_letter_is_read_repaired_sent_again_and_done(
    kitchen: Demo, visitors: Visitors, script: bool
) -> None:
    job_id = kitchen.maru("slowfail", "order", "--tenant", "saebom").strip()
    base = kitchen.url("saebom")
    async with visitors.tab("admin", "saebom", script=script) as page:
        await page.goto(f"{base}/admin/jobs/{job_id}")
        await reload_until(page, "실패 보관")
        await page.goto(f"{base}/admin/jobs")
        await page.get_by_role("link", name=re.compile("^실패 보관함")).click()
        line = page.locator(f"a[href='/admin/jobs/{job_id}']").first
        await expect(page.get_by_role("row").filter(has=line)).to_contain_text("nobody cooks")
        if script:
            await examine(page, "dead-letters")
        await line.click()
        await expect(page.locator("pre.code").first).to_contain_text("nobody cooks stones")
        asked = page.locator("#payload")
        await expect(asked).to_have_value(re.compile("stones"))
        await asked.fill('{"name": 7')
        await page.get_by_role("button", name="다시 보내기").click()
        await expect(page.locator("#payload-fault")).to_contain_text("JSON")
        await expect(asked).to_have_value('{"name": 7')
        await asked.fill('{"name": "rice"}')
        await page.get_by_role("button", name="다시 보내기").click()
        await expect(page.get_by_text("작업을 다시 보냈습니다")).to_be_visible()
        await reload_until(page, "완료")
        await expect(page.locator("main")).to_contain_text("rice is served")
        if script:
            await examine(page, "job-done")


async def test_a_schedule_is_run_and_turned_off_and_on(demo: Demo, visitors: Visitors) -> None:
    base = demo.url("saebom")
    async with visitors.tab("admin", "saebom") as page:
        await page.goto(f"{base}/admin/schedules/core.forget_answers")
        await page.get_by_role("button", name="지금 실행").click()
        await expect(page.get_by_text("지금 별도 작업으로 실행합니다")).to_be_visible()
        await reload_until(page, "완료")
        await expect(page.get_by_role("row").nth(1)).to_contain_text("요청")
        await examine(page, "schedule")
        await page.goto(f"{base}/admin/schedules")
        row = page.get_by_role("row").filter(has_text="core.forget_answers")
        await row.get_by_role("button", name="끄기").click()
        await page.locator("dialog[open] button.primary, dialog[open] button.danger").click()
        await expect(row).to_contain_text("꺼짐")
        await examine(page, "schedules")
        await row.get_by_role("button", name="켜기").click()
        await expect(row).to_contain_text("켜짐")
