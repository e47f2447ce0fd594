"""What stands around the features: the API's description, error pages, the phone's navigation."""

import pytest
from playwright.async_api import expect
from tests.e2e.visitor import Look, Visitors, examine

pytestmark = pytest.mark.browser


async def test_the_api_is_described_to_everybody_in_the_demo(visitors: Visitors) -> None:
    base = visitors.demo.url("hanbit")
    async with visitors.tab(look=Look("en")) as page:
        answer = await page.goto(f"{base}/openapi.json")
        assert answer is not None
        assert answer.status == 200
        paths = (await answer.json())["paths"]
        assert "/api/v1/board/posts" in paths
        await page.goto(f"{base}/docs")
        shown = page.locator("details.operation")
        methods = [m for path in paths.values() for m in path if m in METHODS]
        await expect(shown).to_have_count(len(methods))
        await page.get_by_role("searchbox").fill("portal/layout")
        found = [m for name, path in paths.items() if "portal/layout" in name for m in path]
        await expect(page.locator("details.operation:visible")).to_have_count(len(found))
        await page.locator("summary:visible", has_text="PUT").click()
        await expect(page.locator("details[open]")).to_contain_text("portlets")
        await examine(page, "docs-open", Look("en"))


METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.mark.parametrize(
    ("who", "path", "status", "title"),
    [
        (None, "/nothing", 404, "페이지를 찾을 수 없습니다"),
        ("member", "/nothing", 404, "페이지를 찾을 수 없습니다"),
        ("member", "/board/posts/not-an-id", 404, "페이지를 찾을 수 없습니다"),
        ("member", "/admin/plugins", 403, "이 페이지를 볼 권한이 없습니다"),
    ],
)
async def test_an_error_page_says_what_and_leads_on(
    visitors: Visitors, who: str | None, path: str, status: int, title: str
) -> None:
    async with visitors.tab(who) as page:
        answer = await page.goto(f"{visitors.demo.url('hanbit')}{path}")
        assert answer is not None
        assert answer.status == status
        await expect(page.get_by_role("heading", name=title)).to_be_visible()
        await expect(page).to_have_title(f"{title} · 마루")
        await expect(page.locator(".person-button")).to_have_count(1 if who else 0)
        await expect(page.get_by_role("link", name="포털로 가기")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
async def test_a_phones_navigation_opens_and_closes_by_keyboard(
    visitors: Visitors, script: bool
) -> None:
    async with visitors.tab("admin", look=Look(width=390), script=script) as page:
        side, button = page.locator("#side"), page.locator(".menu-button")
        await expect(side).to_be_hidden()
        await page.keyboard.press("Tab")  # to the skip link
        await page.keyboard.press("Tab")
        await expect(button).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(side).to_be_visible()
        await page.keyboard.press("Tab")
        await expect(side.get_by_role("button", name="닫기")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(side).to_be_hidden()
        await expect(button).to_be_focused()
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="조직도", exact=True)).to_be_visible()
        await expect(side).to_be_hidden()
