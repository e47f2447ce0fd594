"""Plugins that are installed into a demo: one that is good for something, one that isn't."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, Page, expect
from tests.e2e.demo import Demo
from tests.e2e.visitor import Look, Visitors, examine, shoot

pytestmark = pytest.mark.browser


def of(page: Page, kind: str) -> Locator:
    return page.locator(f"[data-type='{kind}']")


async def test_lunch_is_on_the_page_once_it_is_installed_and_enabled(
    grown: Demo, visitors: Visitors
) -> None:
    (line,) = [one for one in grown.maru("plugins", "list").splitlines() if "lunch" in one]
    assert "isolated" in line
    async with visitors.tab("admin") as page:
        await expect(of(page, "lunch.today")).to_have_count(0)
        await page.goto(f"{grown.url('hanbit')}/admin/plugins")
        row = page.get_by_role("row").filter(has_text="Lunch menu")
        await expect(row).to_contain_text("꺼짐")
        assert "lunch is on in hanbit" in grown.maru(
            "plugins", "enable", "lunch", "--tenant", "hanbit"
        )
        await page.goto(grown.url("hanbit"))
        await expect(of(page, "lunch.today").locator("li")).to_have_count(3)
        await expect(of(page, "lunch.today")).to_contain_text("오늘의 점심")
        await examine(page, "portal-with-lunch")


@pytest.fixture
async def slowfail(grown: Demo, visitors: Visitors) -> AsyncIterator[Demo]:
    """Enabled after people signed in who have never seen its portlets: what somebody has seen is
    shown again while it is made anew."""
    for who in ("member", "manager"):  # a first page of a process takes its time
        async with visitors.tab(who, "saebom"):
            pass
    grown.maru("plugins", "enable", "slowfail", "--tenant", "saebom")
    yield grown
    grown.maru("plugins", "disable", "slowfail", "--tenant", "saebom")


async def test_a_late_portlet_comes_by_itself_and_a_failing_one_says_so(
    slowfail: Demo, visitors: Visitors
) -> None:
    look = Look(width=390, theme="dark")
    state = await visitors.session("member", "saebom")
    async with visitors.context(look, state=state) as context:
        page = await context.new_page()
        answer = await page.goto(slowfail.url("saebom"))
        assert answer is not None
        assert "오래 걸렸습니다" not in await answer.text()  # the page didn't wait
        slow, broken = of(page, "slowfail.slow"), of(page, "slowfail.broken")
        stuck = of(page, "slowfail.stuck")
        await expect(stuck.locator(".skeleton")).to_be_visible()
        await expect(slow).to_contain_text("늦었지만 왔습니다")
        await expect(broken.get_by_role("alert")).to_contain_text("포틀릿을 불러오지 못했습니다")
        assert "meter" not in await page.content()
        await expect(of(page, "core.organization").locator("li")).not_to_have_count(0)
        await shoot(page, "late-and-failing", look)
        await broken.get_by_role("link", name="다시 시도").click()
        await expect(broken.get_by_role("alert")).to_be_visible()
        await expect(stuck).to_contain_text("오래 걸렸습니다", timeout=20_000)
        await examine(page, "late-and-failing-later", look)


async def test_without_script_a_late_portlet_is_one_link_away(
    slowfail: Demo, visitors: Visitors
) -> None:
    async with visitors.tab("manager", "saebom", script=False) as page:
        slow = of(page, "slowfail.slow")
        await slow.get_by_role("link", name="이 부분 보기").click()
        await expect(page.locator("body")).to_contain_text("늦었지만 왔습니다")
