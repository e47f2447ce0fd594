"""The page of components: how each looks, and that each works by keyboard and without script."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect
from tests.e2e.visitor import Look, Visitors, examine, settled, shoot, violations

pytestmark = pytest.mark.browser

LOOKS = [
    Look("ko", 1280, "light"),
    Look("en", 1280, "dark"),
    Look("ko", 390, "dark"),
    Look("en", 768, "light"),
    Look("ko", 360, "light"),
    Look("ko", 2560, "light"),
]


async def opened(visitors: Visitors, page: Page, part: str = "") -> Locator:
    await page.goto(f"{visitors.demo.url('hanbit')}/design")
    await settled(page)
    return page.locator(f"#{part}") if part else page.locator("main")


async def fill_in(form: Locator) -> None:
    """What is needed everywhere but for people."""
    await form.get_by_label("제목").fill("모니터 두 대")
    await form.get_by_label("금액").fill("1,200,000")
    await form.get_by_label("필요한 날").fill("2026-12-01")
    await form.get_by_label("건물").fill("본관")


@pytest.mark.parametrize("look", LOOKS, ids=str)
async def test_every_component_is_accessible_and_fits(visitors: Visitors, look: Look) -> None:
    async with visitors.tab("admin", look=look) as page:
        await opened(visitors, page)
        await expect(page.locator("maru-chart:not([data-empty])")).to_have_count(2)
        await expect(page.locator(".editor[data-state=ready]")).to_be_visible()
        await examine(page, "design", look)


async def test_a_form_is_filled_in_by_keyboard(visitors: Visitors) -> None:
    async with visitors.tab("admin") as page:
        form = (await opened(visitors, page, "form")).locator("form.form")
        await fill_in(form)
        await form.get_by_label("금액").blur()
        await expect(form.get_by_label("금액")).to_have_value("1,200,000")
        owner = form.get_by_role("combobox", name="담당자")
        await owner.press_sequentially("ㄱ")
        options = form.locator("maru-picker").get_by_role("option")
        await expect(options.first).to_be_visible()
        assert await violations(page) == []
        await shoot(page, "design-picker", whole=False)
        second = await options.nth(1).locator("strong").inner_text()
        await owner.press("ArrowDown")
        await owner.press("Enter")
        await expect(page.get_by_role("button", name=f"{second} 빼기")).to_be_visible()
        await form.get_by_role("radio", name="대여").focus()
        await page.keyboard.press("Space")
        await form.get_by_label("대여 기간").fill("12")
        await form.get_by_role("button", name="추가").press("Enter")
        rows = form.get_by_role("group", name=re.compile(r"^품목 목록 \d"))
        await expect(rows).to_have_count(2)
        await expect(rows.nth(1).get_by_label("품목", exact=False).first).to_be_focused()
        await rows.nth(0).get_by_label("품목").first.fill("27인치 모니터")
        await rows.nth(1).get_by_label("품목").first.fill("거치대")
        await form.get_by_label("제목").press("Enter")
        await expect(page.locator(".main > .note.good")).to_contain_text("모니터 두 대는 올바르게")


async def test_what_is_wrong_is_told_at_the_top_and_beside_the_field(visitors: Visitors) -> None:
    async with visitors.tab("admin") as page:
        form = (await opened(visitors, page, "form")).locator("form.form")
        await form.evaluate("form => form.noValidate = true")
        await fill_in(form)
        await form.get_by_label("제목").fill("가")
        await form.get_by_role("radio", name="대여").check()
        await form.get_by_role("button", name="보내기").click()
        summary = page.locator(".summary")
        await expect(summary).to_be_focused()
        await expect(summary.get_by_role("link")).to_have_text(
            ["제목", "대여 기간", "담당자", "품목"]
        )
        await examine(page, "design-refused")
        await summary.get_by_role("link", name="제목").click()
        await expect(form.get_by_label("제목")).to_be_focused()
        await expect(form.get_by_label("제목")).to_have_value("가")
        await expect(form.get_by_label("대여 기간")).to_have_accessible_description(
            "필수 항목입니다"
        )


async def test_a_form_works_without_script(visitors: Visitors) -> None:
    async with visitors.tab("admin", script=False) as page:
        form = (await opened(visitors, page, "form")).locator("form.form")
        await fill_in(form)
        await expect(form.get_by_label("대여 기간")).to_be_hidden()
        await form.get_by_role("radio", name="대여").check()
        await form.get_by_role("button", name="관련 항목 표시").click()
        await form.get_by_label("대여 기간").fill("12")
        await form.get_by_label("담당자").fill("ㄱ")
        await form.get_by_role("button", name="검색").first.click()
        found = form.get_by_role("radio", name=re.compile(" · "))
        await found.first.check()
        await form.get_by_role("button", name="추가").click()
        rows = form.get_by_role("group", name=re.compile(r"^품목 목록 \d"))
        await expect(rows).to_have_count(2)
        await rows.nth(1).get_by_label("품목").first.fill("27인치 모니터")
        await rows.nth(0).locator("button[value^=remove]").click()
        await expect(rows).to_have_count(1)
        await expect(form.get_by_label("대여 기간")).to_have_value("12")
        await shoot(page, "design-plain")
        await form.get_by_role("button", name="보내기").click()
        await expect(page.locator(".main > .note.good")).to_contain_text("올바르게")


async def test_a_table_is_sorted_narrowed_and_ticked(visitors: Visitors) -> None:
    async with visitors.tab("admin") as page:
        table = await opened(visitors, page, "table")
        await table.get_by_role("link", name="수량").click()
        first = table.locator("tbody tr").first
        await expect(first).to_contain_text("양면 문서 스캐너")
        await expect(table.get_by_role("columnheader", name="수량")).to_have_attribute(
            "aria-sort", "ascending"
        )
        await table.get_by_role("button", name="열").click()
        await page.get_by_role("checkbox", name="위치").check()
        await shoot(page, "design-columns", whole=False)
        await page.locator(".menu form").get_by_role("button").click()
        await expect(first).to_contain_text("가 창고")
        await expect(first).to_contain_text("양면 문서 스캐너")  # the order is kept
        await expect(table.locator(".selected button").first).to_be_disabled()
        await table.get_by_role("checkbox", name="이 쪽의 모든 항목").check()
        await table.get_by_role("button", name="삭제").click()
        await page.get_by_role("alertdialog").get_by_role("button", name="계속").click()
        await expect(page.locator(".main > .note.good")).to_have_text("6건 선택")


async def test_a_table_is_exported_for_spreadsheets(visitors: Visitors) -> None:
    async with visitors.tab("admin") as page:
        table = await opened(visitors, page, "table")
        async with page.expect_download() as coming:
            await table.get_by_role("link", name="내보내기").click()
        file = await (await coming.value).path()
        content = Path(file).read_text("utf-8-sig")
        assert content.splitlines()[0] == "이름,종류,수량,위치,입고일"
        assert len(content.splitlines()) == 7


async def test_what_lies_over_the_page_gives_the_focus_back(visitors: Visitors) -> None:
    async with visitors.tab("admin") as page:
        over = await opened(visitors, page, "overlays")
        for name, shown in (("대화 상자 열기", "대화 상자"), ("서랍 열기", "서랍")):
            button = over.get_by_role("button", name=name)
            await button.click()
            await expect(page.get_by_role("dialog", name=shown)).to_be_visible()
            await settled(page)
            await shoot(page, f"design-{shown}", whole=False)
            assert await violations(page) == []
            await page.keyboard.press("Escape")
            await expect(button).to_be_focused()
        more = over.get_by_role("button", name="더 보기")
        await more.click()
        menu = page.locator("#sample-menu")
        await expect(menu).to_be_visible()
        await shoot(page, "design-menu", whole=False)
        box, at = await menu.bounding_box(), await more.bounding_box()
        assert box is not None
        assert at is not None
        assert at["y"] < box["y"] < at["y"] + at["height"] + 20
        await page.keyboard.press("Escape")
        await expect(menu).to_be_hidden()


async def test_the_arrow_keys_walk_through_a_calendar(visitors: Visitors) -> None:
    async with visitors.tab("admin") as page:
        month = await opened(visitors, page, "calendar")
        start = month.locator("td[data-date$='-10'] a.day").first
        await start.focus()
        await page.keyboard.press("ArrowDown")
        await expect(month.locator("td[data-date$='-17'] a.day").first).to_be_focused()
        await page.keyboard.press("ArrowLeft")
        await expect(month.locator("td[data-date$='-16'] a.day").first).to_be_focused()
        await month.get_by_role("link", name="주", exact=True).click()
        await expect(month.locator("tbody tr")).to_have_count(1)


@pytest.mark.parametrize("look", [Look("ko", 1280), Look("en", 390, "dark")], ids=str)
async def test_a_week_is_shown_by_its_hours(visitors: Visitors, look: Look) -> None:
    async with visitors.tab("admin", look=look) as page:
        await page.goto(f"{visitors.demo.url('hanbit')}/design?view=hours")
        week = page.locator("#calendar .hours")
        await expect(week.locator("section")).to_have_count(7)
        today = week.locator("section[aria-current=date]")
        await expect(today.locator(".slots > li")).to_have_count(3)
        first = await today.locator(".slots > li").nth(0).bounding_box()
        second = await today.locator(".slots > li").nth(1).bounding_box()
        assert first is not None
        assert second is not None
        apart = first["x"] + first["width"] <= second["x"] + 1
        assert apart or first["y"] + first["height"] <= second["y"] + 1
        days = week.locator("a.day")
        await today.locator("a.day").focus()
        at = await days.evaluate_all("all => all.indexOf(document.activeElement)")
        key, to = ("ArrowRight", at + 1) if at < 6 else ("ArrowLeft", at - 1)
        await page.keyboard.press(key)
        await expect(days.nth(to)).to_be_focused()
        await examine(page, "design-hours", look)
        await days.nth(to).press("Enter")
        await expect(week.locator("section")).to_have_count(1)


async def test_files_tell_how_far_they_are(visitors: Visitors) -> None:
    async with visitors.tab("admin") as page:
        files = (await opened(visitors, page, "progress")).locator("maru-drop")
        answers = [(201, "{}"), (422, '{"error": {"message": "너무 큽니다"}}')]

        async def answer(route: object) -> None:
            status, body = answers.pop(0)
            await route.fulfill(status=status, body=body)  # type: ignore[attr-defined]

        await page.route("**/sent-here", answer)
        await files.evaluate("drop => drop.dataset.url = '/sent-here'")
        choose = files.locator("input")
        paper: Any = {"name": "견적서.pdf", "mimeType": "a/b", "buffer": b"x" * 3000}
        await choose.set_input_files(paper)
        await expect(files.locator("li")).to_contain_text(["견적서.pdf3 kB완료"])
        await choose.set_input_files(paper | {"name": "큰 파일.pdf"})
        await expect(files.locator("li.bad")).to_contain_text("실패: 너무 큽니다")


async def test_only_who_runs_plugins_sees_it(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        answer = await page.goto(f"{visitors.demo.url('hanbit')}/design")
        assert answer is not None
        assert answer.status == 403
