"""What dragging does is done by buttons and keys too, on every width and in both languages; two who
arrange one page at once lose nothing."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect
from tests.e2e.test_arranging import NOTICES, OVERLAPS, RECENT, STAFF, arrange, done, of, place
from tests.e2e.test_layers import begin_anew, swipe, tab_to
from tests.e2e.visitor import Look, Visitors, examine

pytestmark = pytest.mark.browser

WORDS: dict[str, dict[str, Any]] = {
    "ko": {
        "arrange": "화면 구성",
        "add": "포틀릿 추가",
        "put": "추가",
        "done": "완료",
        "organization": re.compile("조직"),
        "added": "조직 추가됨",
        "moved": "조직: {x}열, {y}행",
        "resized": "조직: 너비 {w}, 높이 {h}",
        "back": "한 단계 취소했습니다",
        "again": "한 단계 다시 실행했습니다",
        "end": "다시 실행할 동작이 없습니다",
    },
    "en": {
        "arrange": "Arrange",
        "add": "Add a portlet",
        "put": "Add",
        "done": "Done",
        "organization": re.compile("Organization"),
        "added": "Organization added",
        "moved": "Organization: column {x}, row {y}",
        "resized": "Organization: {w} wide, {h} high",
        "back": "One step back",
        "again": "One step forward",
        "end": "Nothing left to redo",
    },
}


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_the_keyboard_does_it_all_and_each_step_is_read_out(
    visitors: Visitors, language: str
) -> None:
    words, look = WORDS[language], Look("ko" if language == "ko" else "en")
    async with visitors.tab("member", look=look) as page:
        await begin_anew(page)
        says = page.locator("#grid-says")
        assert await says.get_attribute("aria-live") == "assertive"
        await tab_to(page, page.get_by_role("button", name=words["arrange"]))
        await page.keyboard.press("Enter")
        await tab_to(page, page.get_by_role("button", name=words["add"]), "Shift+Tab")
        await page.keyboard.press("Enter")
        gallery = page.get_by_role("dialog")
        await tab_to(page, gallery.get_by_role("button", name=words["organization"]))
        await page.keyboard.press("Enter")
        await tab_to(page, gallery.get_by_role("button", name=words["put"], exact=True))
        await page.keyboard.press("Enter")
        await expect(says).to_have_text(words["added"])
        mine = page.locator(".portlet:has(.grip:focus)")
        await expect(mine).to_have_attribute("data-type", STAFF)
        id_ = await mine.get_attribute("data-id")
        shown = page.locator(f".portlet[data-id='{id_}']")
        for key, name in (
            ("ArrowUp", "moved"),
            ("ArrowRight", "moved"),
            ("Shift+ArrowRight", "resized"),
            ("Shift+ArrowDown", "resized"),
        ):
            await page.keyboard.press(key)
            x, y, w, h = await shown.evaluate(OF)
            said = words[name].format(x=x + 1, y=y + 1, w=w, h=h)
            await expect(says).to_have_text(said)
        wide = await shown.evaluate(OF)
        await page.keyboard.press("Control+z")
        await expect(says).to_have_text(words["back"])
        assert await shown.evaluate(OF) != wide
        await page.keyboard.press("Control+y")
        await expect(says).to_have_text(words["again"])
        assert await shown.evaluate(OF) == wide
        await page.keyboard.press("Control+Shift+z")
        await expect(says).to_have_text(words["end"])
        # What the bar at the top covers, axe counts as too small; the page glides otherwise.
        await page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
        await examine(page, "arranged-by-keyboard", look)
        await tab_to(page, page.get_by_role("button", name=words["done"]), "Shift+Tab")
        async with page.expect_event("load"):
            await page.keyboard.press("Enter")
        places = await of(page, STAFF).evaluate_all(f"all => all.map({OF})")
        assert wide in places
        await begin_anew(page)


OF = "e => ['x', 'y', 'w', 'h'].map(n => Number(getComputedStyle(e).getPropertyValue('--' + n)))"


@pytest.mark.parametrize(
    "look", [Look(), Look("en", 768, "dark"), Look("ko", 390, "dark")], ids=str
)
async def test_buttons_move_and_size_without_dragging(visitors: Visitors, look: Look) -> None:
    async with visitors.tab("manager", look=look) as page:
        await begin_anew(page)
        await page.locator("[name=does][value=edit]").click()
        frame = of(page, STAFF)
        fold = frame.locator(".controls .adjust")
        bar = frame.get_by_role("group")
        await expect(bar).to_have_count(0)
        await fold.click()
        await expect(fold).to_have_attribute("aria-expanded", "true")
        _, _, w, h = await place(page, STAFF)
        await bar.locator(".wider").click()
        await bar.locator(".taller").click()
        await expect(bar.locator("output")).to_have_text(f"{w + 1} × {h + 1}")
        await expect(page.locator("#grid-says")).to_contain_text(str(h + 1))
        await bar.locator(".narrower").click()
        assert (await place(page, STAFF))[2:] == (w, h + 1)
        if look.width > 500:
            x = (await place(page, STAFF))[0]
            await bar.locator(".left").click()
            assert (await place(page, STAFF))[0] == x - 1
            await expect(bar.locator(".left")).to_be_focused()
        await examine(page, "adjusting", look)
        await page.locator("[name=does][value=cancel]").click()
        assert (await place(page, STAFF))[2:] == (w, h)


async def test_sizes_stay_between_least_and_most_however_they_are_changed(
    visitors: Visitors,
) -> None:
    async with visitors.tab("manager", look=Look(width=768)) as page:
        await arrange(page)
        await swipe(page, of(page, STAFF).locator(".corner"), -700, -800)
        assert (await place(page, STAFF))[2:] == (3, 3)
        await of(page, STAFF).locator(".controls .adjust").click()
        await of(page, STAFF).locator(".narrower").click()
        await expect(page.locator("#grid-says")).to_contain_text("더 옮길 수 없습니다")
        assert (await place(page, STAFF))[2:] == (3, 3)
        for _ in range(20):
            await of(page, STAFF).locator(".taller").click()
        assert (await place(page, STAFF))[3] == 16
        await page.locator("[name=does][value=cancel]").click()


@pytest.mark.parametrize(("width", "columns"), [(1280, 12), (768, 6), (390, 1)])
async def test_a_narrow_screen_has_fewer_columns_and_nothing_overlaps(
    visitors: Visitors, width: int, columns: int
) -> None:
    async with visitors.tab("admin", look=Look(width=width)) as page:
        grid = page.locator("maru-grid")
        tracks = "e => getComputedStyle(e).gridTemplateColumns.split(' ').length"
        assert await grid.evaluate(tracks) == columns
        assert await page.locator(".portlet").evaluate_all(OVERLAPS) == 0


async def test_what_stands_far_below_overlaps_nothing(visitors: Visitors) -> None:
    async with visitors.tab("member", "saebom") as page:
        await begin_anew(page)
        moved = await page.evaluate(FAR)
        await page.reload()
        assert await page.locator(".y-far").count() == moved > 0
        assert await page.locator(".portlet").evaluate_all(OVERLAPS) == 0
        await begin_anew(page)


FAR = """async () => {
  const headers = {"x-csrf-token": document.querySelector("meta[name=csrf-token]").content,
                   "content-type": "application/json"}
  const url = "/api/v1/portal/layout"
  const layout = (await (await fetch(url)).json()).data
  layout.portlets.slice(1).forEach((one, at) => { one.y = 700 + at * 30 })
  const answer = await fetch(url, {method: "PUT", headers, body: JSON.stringify(layout)})
  if (!answer.ok) throw new Error(await answer.text())
  return layout.portlets.slice(1).filter(one => one.is_visible).length
}"""


async def test_what_both_have_changed_is_on_the_page_when_mine_is_done_again(
    visitors: Visitors,
) -> None:
    async with visitors.tab("admin", "saebom") as first:
        await begin_anew(first)
        second = await first.context.new_page()
        await second.goto(first.url)
        await arrange(first)
        await arrange(second)
        await of(first, STAFF).locator(".grip").focus()
        await first.keyboard.press("Shift+ArrowUp")
        await of(first, NOTICES).locator(".hide").click()
        await done(first)
        theirs = await place(first, STAFF)
        await of(second, RECENT).locator(".grip").focus()
        await second.keyboard.press("Shift+ArrowLeft")
        mine = await place(second, RECENT)
        await second.get_by_role("button", name="완료").click()
        told = second.get_by_role("dialog")
        await examine(second, "changed-elsewhere")
        async with second.expect_event("load"):
            await told.get_by_role("button", name="내 변경 다시 적용").click()
        assert (await place(second, STAFF))[2:] == theirs[2:]
        assert (await place(second, RECENT))[2:] == mine[2:]
        await expect(of(second, NOTICES)).to_have_count(0)
        await begin_anew(second)


async def test_a_step_back_shows_what_the_settings_showed(visitors: Visitors) -> None:
    async with visitors.tab("manager") as page:
        posts = of(page, RECENT).locator(".body li")
        before = await posts.count()
        await arrange(page)
        await _set(page, "2")
        await expect(posts).to_have_count(2)
        await _set(page, "3")
        await expect(posts).to_have_count(3)
        for count in (2, before):
            await page.locator("[name=does][value=undo]").click()
            await expect(posts).to_have_count(count)
        await page.locator("[name=does][value=redo]").click()
        await expect(posts).to_have_count(2)
        await page.locator("[name=does][value=cancel]").click()
        await expect(posts).to_have_count(before)


async def _set(page: Page, count: str) -> None:
    await of(page, RECENT).locator(".set").click()
    await page.locator("#portlet-settings input[type=number]").fill(count)
    await page.locator("#portlet-settings [type=submit]").click()
    await expect(page.locator("#portlet-settings")).not_to_be_visible()
