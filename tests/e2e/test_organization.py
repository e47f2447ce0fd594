"""The organisation at a browser: the chart by keyboard, and a list that is uploaded and applied."""

import pytest
from playwright.async_api import FilePayload, expect
from tests.e2e.visitor import Visitors, examine

pytestmark = pytest.mark.browser

LIST = "아이디,이름,부서,직위\n" + "".join(f"e2e{n},새사람{n},인사팀,사원\n" for n in range(30))


def listed(text: str) -> FilePayload:
    """A list as Korean Windows writes it."""
    return {"name": "명단.csv", "mimeType": "text/csv", "buffer": text.encode("cp949")}


async def test_the_chart_opens_by_keyboard(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        await page.goto(f"{visitors.demo.url('hanbit')}/organization")
        await expect(page.get_by_role("link", name="인사팀")).to_have_count(0)
        toggle = page.locator("summary[title='경영지원본부의 하위 부서']")
        await toggle.focus()
        await page.keyboard.press("Enter")
        team = page.locator(".chart-tree").get_by_role("link", name="인사팀")
        await expect(team).to_be_visible()
        await team.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="인사팀")).to_be_visible()
        await page.locator(".people a").first.click()
        await expect(page.locator(".profile")).to_be_visible()


async def test_without_script_what_is_below_is_a_link_away(visitors: Visitors) -> None:
    async with visitors.tab("member", script=False) as page:
        await page.goto(f"{visitors.demo.url('hanbit')}/organization")
        await page.locator("#seek").fill("ㅇㅅㅌ")
        await page.get_by_role("button", name="검색").click()
        await page.get_by_role("link", name="인사팀").click()
        await expect(page.get_by_role("heading", name="인사팀")).to_be_visible()


async def test_a_list_is_looked_at_and_applied(visitors: Visitors) -> None:
    async with visitors.tab("admin") as page:
        await page.goto(f"{visitors.demo.url('hanbit')}/admin/people/import")
        await page.locator("#file").set_input_files(files=[listed("아이디,이름\na b,x\n")])
        await page.get_by_role("button", name="바뀌는 내용 보기").click()
        await expect(page.get_by_text("오류 1건")).to_be_visible()
        await examine(page, "list-faults")
        await page.go_back()
        await page.locator("#file").set_input_files(files=[listed(LIST)])
        await page.get_by_role("button", name="바뀌는 내용 보기").click()
        await examine(page, "list")
        await page.get_by_role("button", name="적용").click()
        for _ in range(40):
            if await page.get_by_text("30명 추가").count():
                break
            await page.wait_for_timeout(500)
            await page.reload()
        await expect(page.get_by_text("30명 추가")).to_be_visible()
        await page.goto(f"{visitors.demo.url('hanbit')}/admin/people?q=e2e7")
        await page.get_by_role("link", name="새사람7").click()
        await expect(page.locator("#username")).to_have_value("e2e7")
        await page.get_by_role("button", name="비활성화").click()
        await page.locator("dialog[open] button.primary, dialog[open] button.danger").first.click()
        await expect(page.get_by_text("모든 곳에서 로그아웃했습니다")).to_be_visible()
