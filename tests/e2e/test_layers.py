"""The portal is arranged without a mouse, by finger and on a phone; it has several pages and a
history, and admins set what everybody starts from."""

import pytest
from playwright.async_api import Locator, Page, expect
from tests.e2e.test_arranging import NOTICES, RECENT, STAFF, arrange, of, place
from tests.e2e.visitor import Look, Visitors, examine, settled

pytestmark = pytest.mark.browser

LOOKS = [
    Look("ko", 1280, "light"),
    Look("en", 768, "dark"),
    Look("ko", 390, "dark"),
]


async def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Presses Tab until `wanted` has the focus, as somebody without a mouse does."""
    for _ in range(60):
        if await wanted.evaluate("e => e === document.activeElement"):
            return
        await page.keyboard.press(key)
    raise AssertionError(f"the keyboard never comes to {wanted}")


async def test_everything_is_done_by_keyboard_alone(visitors: Visitors) -> None:
    async with visitors.tab("member") as page:
        says = page.locator("#grid-says")
        await tab_to(page, page.get_by_role("button", name="화면 구성"))
        await page.keyboard.press("Enter")
        await expect(says).to_have_text("화면을 구성하고 있습니다. 머리글을 잡아 옮기세요.")
        await tab_to(page, of(page, NOTICES).locator(".grip"))
        before = await place(page, NOTICES)
        await page.keyboard.press("Shift+ArrowUp")
        await expect(says).to_contain_text("높이")
        await page.keyboard.press("Control+z")
        await expect(says).to_have_text("한 단계 취소했습니다")
        assert await place(page, NOTICES) == before
        await tab_to(page, of(page, NOTICES).locator(".set"))
        await page.keyboard.press("Enter")
        settings = page.get_by_role("dialog")
        await expect(settings.locator("input[type=number]")).to_be_focused()
        await page.keyboard.type("99999")
        await expect(settings.locator(".fault")).to_be_visible()
        await page.keyboard.press("Control+a")
        await page.keyboard.type("3")
        await expect(settings.locator("[data-slot=preview] li")).to_have_count(3)
        await page.keyboard.press("Enter")
        await expect(settings).to_have_count(0)
        await expect(of(page, NOTICES).locator("li")).to_have_count(3)
        await tab_to(page, page.get_by_role("button", name="완료"), "Shift+Tab")
        async with page.expect_event("load"):
            await page.keyboard.press("Enter")
        await expect(of(page, NOTICES).locator("li")).to_have_count(3)


async def test_pages_are_added_named_ordered_and_removed_by_keyboard(visitors: Visitors) -> None:
    async with visitors.tab("manager", "saebom") as page:
        tabs = page.locator(".portal-tabs a")
        await tab_to(page, page.get_by_role("button", name="페이지", exact=True))
        await page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        says = dialog.get_by_role("status")
        await tab_to(page, dialog.get_by_label("새 페이지 이름"))
        for name in ("주간", "월간"):
            await page.keyboard.type(name)
            await page.keyboard.press("Enter")
            await expect(says).to_have_text(f"{name} 추가됨")
        await tab_to(page, dialog.get_by_label("월간 이름"), "Shift+Tab")
        await page.keyboard.press("Control+a")
        await page.keyboard.type("분기")
        await page.keyboard.press("Enter")
        await expect(says).to_have_text("이름을 바꾸었습니다: 분기")
        await tab_to(page, dialog.get_by_role("button", name="분기 왼쪽으로 옮기기"))
        for place in (2, 1):
            await page.keyboard.press("Enter")
            await expect(says).to_have_text(f"분기: {place}번째")
        await expect(dialog.get_by_label("분기 이름")).to_be_focused()  # it can't go further
        await page.keyboard.press("Escape")
        await expect(tabs).to_have_text(["분기", "첫 페이지", "주간"])
        await tab_to(page, tabs.first)
        async with page.expect_event("load"):
            await page.keyboard.press("Enter")
        await expect(tabs.first).to_have_attribute("aria-current", "page")
        for name in ("분기", "주간"):
            await tab_to(page, page.get_by_role("button", name="페이지", exact=True), "Shift+Tab")
            await page.keyboard.press("Enter")
            await tab_to(page, dialog.get_by_role("button", name=f"{name} 삭제"))
            await page.keyboard.press("Enter")
            await expect(says).to_have_text(f"{name} 삭제됨")
            async with page.expect_event("load"):
                await page.keyboard.press("Escape")
        await expect(tabs).to_have_count(0)


async def swipe(page: Page, what: Locator, dx: float, dy: float) -> None:
    """A finger that drags."""
    session = await page.context.new_cdp_session(page)
    box = await what.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    steps = [(x + dx * i / 8, y + dy * i / 8) for i in range(9)]
    for i, (px, py) in enumerate(steps):
        kind = "touchMove" if i else "touchStart"
        sent = {"type": kind, "touchPoints": [{"x": px, "y": py}]}
        await session.send("Input.dispatchTouchEvent", sent)
    await session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    await settled(page)


async def test_a_finger_moves_and_sizes_on_a_tablet(visitors: Visitors) -> None:
    async with visitors.tab("manager", look=Look(width=768)) as page:
        await arrange(page)
        await swipe(page, of(page, STAFF).locator("h2"), -700, 0)
        assert (await place(page, STAFF))[0] == 0
        _, _, w, h = await place(page, STAFF)
        await swipe(page, of(page, STAFF).locator(".corner"), 70, 110)
        assert (await place(page, STAFF))[2:] > (w, h)
        await page.get_by_role("button", name="취소", exact=True).click()


async def order(page: Page) -> list[str]:
    """The portlets as they stand below one another."""
    found: list[str] = await page.locator("maru-grid > .portlet").evaluate_all(
        "all => all.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)"
        ".map(e => e.dataset.type)"
    )
    return found


async def test_a_phone_puts_them_in_order(visitors: Visitors) -> None:
    async with visitors.tab("manager", look=Look(width=390)) as page:
        first = await order(page)
        await arrange(page)
        await of(page, first[1]).locator(".earlier").click()
        assert await order(page) == [first[1], first[0], *first[2:]]
        await swipe(page, of(page, first[0]).locator(".grip"), 0, -480)
        assert await order(page) == first
        await of(page, first[0]).locator(".grip").focus()
        await page.keyboard.press("ArrowDown")
        await expect(page.locator("#grid-says")).to_contain_text("2번째")
        await page.get_by_role("button", name="취소", exact=True).click()
        assert await order(page) == first


async def test_pages_are_tabs(visitors: Visitors) -> None:
    async with visitors.tab("member", "saebom") as page:
        await page.get_by_role("button", name="페이지").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("새 페이지 이름").fill("<b>주간</b> 업무")
        await page.keyboard.press("Enter")
        await expect(dialog.get_by_role("status")).to_contain_text("추가됨")
        async with page.expect_event("load"):
            await page.keyboard.press("Escape")
        await page.get_by_role("link", name="<b>주간</b> 업무").click()
        await expect(page.locator(".empty")).to_contain_text("포털이 비어 있습니다.")
        await arrange(page)
        await page.get_by_role("button", name="포틀릿 추가").click()
        await page.get_by_role("dialog").get_by_role("button", name="추가", exact=True).click()
        async with page.expect_event("load"):
            await page.get_by_role("button", name="완료").click()
        await expect(page.locator("maru-grid > .portlet")).to_have_count(1)
        await page.get_by_role("button", name="페이지").click()
        await page.get_by_role("button", name="<b>주간</b> 업무 삭제").click()
        async with page.expect_event("load"):
            await page.get_by_role("alertdialog").get_by_role("button", name="계속").click()
            await expect(dialog.get_by_role("status")).to_contain_text("삭제됨")
            await page.keyboard.press("Escape")
        await expect(page.locator(".portal-tabs")).to_have_count(0)
        await page.get_by_role("link", name="내 포털 변경 이력").click()
        await page.get_by_role("button", name="이 상태로 되돌리기").first.click()
        await expect(page.locator(".portal-tabs a")).to_have_count(2)


async def test_an_admin_sets_what_a_role_starts_from(visitors: Visitors) -> None:
    async with visitors.tab("admin") as admin, visitors.tab("manager") as other:
        await begin_anew(other)
        await admin.goto(visitors.demo.url("hanbit") + "/admin/layouts")
        await admin.get_by_role("link", name="부서장").click()
        await arrange(admin)
        await of(admin, STAFF).locator(".lock").click()
        dialog = admin.get_by_role("dialog")
        await dialog.get_by_label("위치").check()
        await dialog.get_by_label("아무도 숨길 수 없음").check()
        await dialog.get_by_role("button", name="적용").click()
        await of(admin, STAFF).locator(".grip").focus()
        for _ in range(12):
            await admin.keyboard.press("ArrowLeft")
        async with admin.expect_event("load"):
            await admin.get_by_role("button", name="초안 저장").click()
        await expect(admin.locator("#draft")).to_contain_text("명에게 적용됩니다")
        await other.reload()
        assert (await place(other, STAFF))[0] != 0
        await admin.get_by_role("button", name="게시", exact=True).click()
        await expect(admin.locator(".note")).to_contain_text("게시했습니다.")
        await other.reload()
        assert (await place(other, STAFF))[0] == 0
        await arrange(other)
        await expect(of(other, STAFF).locator(".grip, .hide")).to_have_count(0)
        await other.get_by_role("button", name="취소", exact=True).click()
        await arrange(admin)
        await of(admin, STAFF).locator(".lock").click()
        await dialog.get_by_label("위치").uncheck()
        await dialog.get_by_label("아무도 숨길 수 없음").uncheck()
        await dialog.get_by_role("button", name="적용").click()
        async with admin.expect_event("load"):
            await admin.get_by_role("button", name="초안 저장").click()
        await admin.get_by_role("button", name="폐기").click()
        await admin.get_by_role("alertdialog").get_by_role("button", name="계속").click()
        await expect(admin.locator("#draft")).to_have_count(0)
        await admin.get_by_role("button", name="이 상태로 되돌리기").last.click()
        await admin.get_by_role("alertdialog").get_by_role("button", name="계속").click()
        await expect(admin.locator(".note")).to_contain_text("되돌렸습니다")
        await other.reload()
        assert (await place(other, STAFF))[0] != 0


async def begin_anew(page: Page) -> None:
    """Takes back what this person has arranged in tests before."""
    await page.evaluate(ANEW)
    await page.reload()
    assert (await place(page, STAFF))[0] != 0


ANEW = """async () => {
  const token = document.querySelector("meta[name=csrf-token]").content
  const headers = {"x-csrf-token": token}
  const answer = await fetch("/api/v1/portal/layout", {method: "DELETE", headers})
  if (!answer.ok) throw new Error(await answer.text())
}"""


@pytest.mark.parametrize("look", LOOKS, ids=str)
async def test_looks_well(visitors: Visitors, look: Look) -> None:
    async with visitors.tab("admin", look=look) as page:
        await page.locator("[name=does][value=edit]").click()
        await expect(page.locator("maru-grid.editing")).to_be_visible()
        await examine(page, "arranging", look)
        await page.locator("[name=does][value=add]").click()
        await expect(
            page.locator("#gallery [data-slot=preview] > :not(.skeleton)").first
        ).to_be_visible()
        await examine(page, "gallery", look)
        await page.keyboard.press("Escape")
        await of(page, RECENT).locator(".set").click()
        await expect(page.locator("#portlet-settings [data-slot=preview] li").first).to_be_visible()
        await examine(page, "settings", look)
        await page.keyboard.press("Escape")
        await page.locator("[name=does][value=cancel]").click()
        for path in ("/portal/history", "/?safe=1", "/admin/layouts", "/admin/layouts/tenant"):
            await page.goto(visitors.demo.url("hanbit") + path)
            await examine(page, path.strip("/").replace("/", "-"), look)
