"""How the installation does, in a browser: figures are drawn and told, rules have states."""

import re

import pytest
from playwright.async_api import expect
from tests.e2e.visitor import Visitors

pytestmark = pytest.mark.browser


async def test_figures_of_all_processes_are_drawn(visitors: Visitors) -> None:
    async with visitors.tab("admin") as page:
        await page.goto(f"{visitors.demo.url('hanbit')}/admin/monitor")
        chart = page.locator("maru-chart").first
        await expect(chart.locator("canvas")).to_be_visible(timeout=60_000)
        await expect(chart.locator("table caption")).to_have_text("초당 요청")
        legend = page.locator("maru-chart").nth(6).locator(".u-legend")
        await expect(legend).to_contain_text(re.compile(r"\d"))


async def test_rules_have_states_and_members_dont_see_them(visitors: Visitors) -> None:
    async with visitors.tab("admin") as page:
        await page.goto(f"{visitors.demo.url('hanbit')}/admin/alerts")
        line = page.get_by_role("row").filter(has_text="데이터베이스가 응답하지 않습니다")
        await expect(line).to_contain_text("정상")
    async with visitors.tab("member") as page:
        answer = await page.goto(f"{visitors.demo.url('hanbit')}/admin/monitor")
        assert answer is not None
        assert answer.status == 403


async def test_days_are_drawn_by_the_companys_clock(visitors: Visitors) -> None:
    async with visitors.tab("admin") as page:
        await page.goto(f"{visitors.demo.url('hanbit')}/admin/statistics?days=7")
        chart = page.locator("maru-chart").first
        await expect(chart.locator("canvas")).to_be_visible(timeout=60_000)
        await expect(chart.locator("table caption")).to_have_text("접속한 사람")
        await expect(chart.locator("tbody tr")).to_have_count(7)
        await expect(chart.locator(".u-legend")).to_contain_text(re.compile(r"[1-9]"))
