"""The portal's grid in a real browser: by mouse, by finger, by keyboard, and what is saved."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.core.web.conftest import Site

pytestmark = pytest.mark.browser


def arrange(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.get_by_role("button", name="화면 구성").click()
    expect(page.locator("maru-grid.editing")).to_be_visible()


def place(portlet: Locator) -> tuple[int, int, int, int]:
    """x, y, w, h as the grid has them."""
    script = (
        "e => ['x', 'y', 'w', 'h'].map(n => Number(getComputedStyle(e).getPropertyValue('--' + n)))"
    )
    x, y, w, h = portlet.evaluate(script)
    return x, y, w, h


def boxes(page: Page) -> list[dict[str, float]]:
    """Where frames are on the screen once nothing glides any more."""
    page.evaluate(
        "Promise.all(document.getAnimations()"
        ".filter(one => one.effect.getTiming().iterations !== Infinity)"
        ".map(one => one.finished.catch(() => 0)))"
    )
    script = (
        "all => all.map(e => e.getBoundingClientRect())"
        ".map(b => ({l: b.left, t: b.top, r: b.right, b: b.bottom}))"
    )
    found: list[dict[str, float]] = page.locator("maru-grid > .portlet").evaluate_all(script)
    return found


def overlaps(page: Page) -> list[tuple[int, int]]:
    all_boxes = boxes(page)
    return [
        (i, j)
        for i, a in enumerate(all_boxes)
        for j, b in enumerate(all_boxes)
        if i < j
        and a["l"] < b["r"] - 1
        and b["l"] < a["r"] - 1
        and a["t"] < b["b"] - 1
        and b["t"] < a["b"] - 1
    ]


def drag(page: Page, what: Locator, dx: float, dy: float) -> None:
    box = what.bounding_box()
    assert box
    x, y = box["x"] + min(20, box["width"] / 2), box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=12)
    page.mouse.up()


def pick(page: Page, title: str) -> None:
    """From the gallery that is open, once it shows what one gets."""
    gallery = page.get_by_role("dialog")
    gallery.get_by_role("button", name=re.compile(title)).click()
    expect(gallery.get_by_role("heading", name=title)).to_be_visible()
    gallery.get_by_role("button", name="추가", exact=True).click()


def done(page: Page) -> None:
    page.get_by_role("button", name="완료").click()
    expect(page.locator("maru-grid.editing")).to_have_count(0)


def stored(site: Site, portlet: str) -> dict[str, Any]:
    return next(one for one in site.preview.saved[-1]["portlets"] if one.get("id") == portlet)


class TestMouse:
    def test_moves_and_saves_with_the_token(self, page: Page, site: Site) -> None:
        arrange(page, site)
        lunch = page.locator("#portlet-p3")
        assert place(lunch)[:2] == (9, 0)
        drag(page, lunch.locator("h2"), -800, 60)
        assert place(lunch) == (0, 0, 3, 2)
        assert overlaps(page) == []
        done(page)
        expect(page.locator("#toasts")).to_contain_text("저장했습니다.")
        saved = stored(site, "p3")
        assert (saved["x"], saved["y"], saved["w"], saved["h"]) == (0, 0, 3, 2)
        assert site.preview.csrf_seen == ["token-of-the-session"]
        assert site.preview.saved[-1]["version"] == "1"
        page.reload()
        assert place(lunch) == (0, 0, 3, 2)

    def test_resizes_by_the_corner(self, page: Page, site: Site) -> None:
        arrange(page, site)
        posts = page.locator("#portlet-p1")
        width = boxes(page)[0]["r"] - boxes(page)[0]["l"]
        drag(page, posts.locator(".corner"), -width / 3, -110)
        assert place(posts) == (0, 0, 4, 3)
        drag(page, posts.locator(".corner"), -2000, -2000)
        assert place(posts) == (0, 0, 3, 2)
        assert overlaps(page) == []

    def test_a_locked_portlet_stays(self, page: Page, site: Site) -> None:
        arrange(page, site)
        notices = page.locator("#portlet-p2")
        drag(page, notices.locator("h2"), -500, 300)
        assert place(notices) == (6, 0, 3, 4)
        expect(notices.locator(".grip, .corner, .hide")).to_have_count(0)

    def test_escape_gives_up_a_drag(self, page: Page, site: Site) -> None:
        arrange(page, site)
        lunch = page.locator("#portlet-p3")
        box = lunch.locator("h2").bounding_box()
        assert box
        page.mouse.move(box["x"] + 10, box["y"] + 8)
        page.mouse.down()
        page.mouse.move(box["x"] - 600, box["y"] + 300, steps=8)
        page.keyboard.press("Escape")
        page.mouse.up()
        assert place(lunch) == (9, 0, 3, 2)

    def test_cancel_brings_everything_back(self, page: Page, site: Site) -> None:
        arrange(page, site)
        before = boxes(page)
        drag(page, page.locator("#portlet-p3 h2"), -800, 60)
        page.locator("#portlet-p1 .hide").click()
        page.get_by_role("button", name="취소", exact=True).click()
        expect(page.locator("#portlet-p1")).to_be_visible()
        assert sorted(map(str, boxes(page))) == sorted(map(str, before))
        assert site.preview.saved == []

    def test_nothing_moves_outside_of_arranging(self, page: Page, site: Site) -> None:
        page.goto(site.url)
        drag(page, page.locator("#portlet-p3 h2"), -400, 0)
        assert place(page.locator("#portlet-p3")) == (9, 0, 3, 2)


class TestKeyboard:
    def test_arrows_move_and_shift_resizes_and_it_is_said(self, page: Page, site: Site) -> None:
        arrange(page, site)
        lunch = page.locator("#portlet-p3")
        lunch.locator(".grip").focus()
        page.keyboard.press("ArrowDown")
        x, y, _, _ = place(lunch)
        assert (x, y) == (9, 4)
        expect(page.locator("#grid-says")).to_have_text("오늘의 점심: 10열, 5행")
        page.keyboard.press("ArrowUp")
        assert place(lunch) == (9, 0, 3, 2)
        page.keyboard.press("Shift+ArrowDown")
        assert place(lunch) == (9, 0, 3, 3)
        expect(page.locator("#grid-says")).to_have_text("오늘의 점심: 너비 3, 높이 3")
        page.keyboard.press("ArrowRight")
        expect(page.locator("#grid-says")).to_have_text("오늘의 점심: 더 옮길 수 없습니다")
        assert overlaps(page) == []
        expect(lunch.locator(".grip")).to_be_focused()

    def test_the_whole_way_without_a_mouse(self, page: Page, site: Site) -> None:
        page.goto(site.url)
        page.get_by_role("button", name="화면 구성").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#portlet-p1 .grip")).to_be_focused()
        page.keyboard.press("Delete")
        expect(page.locator("#portlet-p1")).to_have_count(0)
        page.get_by_role("button", name="완료").focus()
        page.keyboard.press("Enter")
        expect(page.locator("maru-grid.editing")).to_have_count(0)
        assert stored(site, "p1")["is_visible"] is False
        expect(page.get_by_role("button", name="화면 구성")).to_be_focused()


class TestGallery:
    def test_adds_a_portlet_of_a_type_and_the_server_draws_it(self, page: Page, site: Site) -> None:
        arrange(page, site)
        page.get_by_role("button", name="포틀릿 추가").click()
        pick(page, "생일")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert overlaps(page) == []
        with page.expect_navigation():
            page.get_by_role("button", name="완료").click()
        new = [
            one
            for one in site.preview.saved[-1]["portlets"]
            if one["portlet_type"] == "maru.birthdays"
        ]
        assert len(new) == 2
        assert "config" in new[1]

    def test_what_was_hidden_comes_back_as_it_was(self, page: Page, site: Site) -> None:
        arrange(page, site)
        page.locator("#portlet-p3 .hide").click()
        page.get_by_role("button", name="포틀릿 추가").click()
        pick(page, "오늘의 점심")
        expect(page.locator("#portlet-p3")).to_contain_text("비빔밥")
        done(page)
        assert stored(site, "p3")["is_visible"] is True


class TestConflict:
    def arranged_twice(self, page: Page, site: Site) -> Locator:
        """Somebody else was first; the dialog that says so."""
        arrange(page, site)
        drag(page, page.locator("#portlet-p3 h2"), -800, 60)
        site.preview.refuse_saves = True
        page.get_by_role("button", name="완료").click()
        told = page.get_by_role("dialog", name="다른 곳에서 화면 구성을 바꾸었습니다.")
        expect(told).to_be_visible()
        return told

    def test_the_other_arrangement_is_taken(self, page: Page, site: Site) -> None:
        told = self.arranged_twice(page, site)
        with page.expect_navigation():
            told.get_by_role("button", name="저장된 구성 불러오기").click()
        assert place(page.locator("#portlet-p3")) == (9, 0, 3, 2)

    def test_or_ones_own_is_kept(self, page: Page, site: Site) -> None:
        told = self.arranged_twice(page, site)
        site.preview.refuse_saves, site.preview.layout["version"] = False, "7"
        with page.expect_navigation():
            told.get_by_role("button", name="내 구성 유지").click()
        assert site.preview.saved[-1]["version"] == "7"
        assert place(page.locator("#portlet-p3")) == (0, 0, 3, 2)

    def test_an_outdated_page_does_not_start_arranging(self, page: Page, site: Site) -> None:
        page.goto(site.url)
        site.preview.layout["version"] = "9"
        page.get_by_role("button", name="화면 구성").click()
        expect(page.locator("#toasts")).to_contain_text("다른 곳에서")


class TestSizes:
    def test_a_phone_shows_one_column_in_reading_order_and_hides(
        self, page: Page, site: Site
    ) -> None:
        page.set_viewport_size({"width": 390, "height": 844})
        arrange(page, site)
        tops = [box["t"] for box in boxes(page)]
        assert tops == sorted(tops)
        assert {round(box["l"]) for box in boxes(page)} == {round(boxes(page)[0]["l"])}
        expect(page.locator(".corner:visible")).to_have_count(0)
        page.locator("#portlet-p3 .hide").click()
        done(page)
        assert stored(site, "p3")["is_visible"] is False
        assert stored(site, "p1")["w"] == 6

    def test_a_tablet_has_six_columns(self, page: Page, site: Site) -> None:
        page.set_viewport_size({"width": 820, "height": 1100})
        page.goto(site.url)
        columns = page.locator("maru-grid").evaluate("e => getComputedStyle(e).gridTemplateColumns")
        assert len(columns.split()) == 6
        assert overlaps(page) == []

    def test_a_finger_drags(self, chromium: Browser, site: Site) -> None:
        context = chromium.new_context(
            viewport={"width": 1100, "height": 900}, has_touch=True, locale="ko-KR"
        )
        page = context.new_page()
        arrange(page, site)
        lunch = page.locator("#portlet-p3")
        box = lunch.locator("h2").bounding_box()
        assert box
        x, y = box["x"] + 10, box["y"] + 8
        cdp = context.new_cdp_session(page)

        def touch(kind: str, dx: float = 0) -> None:
            points = [] if kind == "touchEnd" else [{"x": x + dx, "y": y}]
            cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart")
        for part in range(1, 11):
            touch("touchMove", -80 * part)
        touch("touchEnd")
        assert place(lunch)[0] == 0
        context.close()
