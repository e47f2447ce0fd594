"""Every page in a real browser: no refusal by the policy, no finding of axe, script that works."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.core.web.conftest import CORE, Faults, Site

pytestmark = pytest.mark.browser

AXE = CORE / "web/node_modules/axe-core/axe.min.js"
PAGES = {
    "portal": "/",
    "login": "/login",
    "chooser": "/chooser",
    "missing": "/error/404",
    "down": "/error/503?out=1",
    "plugins": "/admin/plugins",
    "kit": "/kit",
    "docs": "/docs",
}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Page) -> list[str]:
    """What axe objects to, as lines."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{one['id']}: {node['html'][:120]} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("name", list(PAGES))
def test_is_accessible_and_fits_any_window(page: Page, site: Site, name: str) -> None:
    if not AXE.is_file():
        pytest.skip("npm ci has not been run in core/web")
    page.emulate_media(reduced_motion="reduce")  # colours don't fade while they are measured
    page.goto(f"{site.url}{PAGES[name]}")
    expect(page.locator(".skeleton")).to_have_count(0)
    for theme in ("light", "dark"):
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        assert violations(page) == [], theme
    for width in (320, 390, 768, 1024, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(TOO_WIDE) == 0, width


def test_fonts_are_ours_and_korean_is_drawn_by_them(page: Page, site: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.url)
    page.evaluate("document.fonts.ready.then(() => 1)")
    assert page.evaluate("document.fonts.check('16px \"Pretendard Variable\"', '가')")
    fonts = [url for url in asked if url.endswith(".woff2")]
    assert 0 < len(fonts) < 40
    assert all(url.startswith((site.url, "data:", "blob:")) for url in asked)


class TestScript:
    def test_forms_and_htmx_carry_the_token(self, page: Page, site: Site) -> None:
        page.goto(f"{site.url}/kit")
        page.get_by_role("button", name="Like").click()
        expect(page.locator("#likes")).to_have_text("4")
        assert site.preview.csrf_seen == ["token-of-the-session"]

    def test_asks_before_what_cannot_be_undone(self, page: Page, site: Site) -> None:
        page.goto(f"{site.url}/kit")
        page.get_by_role("button", name="Delete").click()
        dialog = page.get_by_role("alertdialog")
        expect(dialog).to_contain_text("정말 지울까요?")
        dialog.get_by_role("button", name="취소").click()
        assert site.preview.csrf_seen == []
        page.get_by_role("button", name="Delete").click()
        with page.expect_navigation():
            dialog.get_by_role("button", name="계속").click()
        assert site.preview.csrf_seen == ["token-of-the-session"]

    def test_a_late_part_comes_and_a_broken_one_says_why(self, page: Page, site: Site) -> None:
        page.goto(f"{site.url}/kit")
        expect(page.get_by_text("살아 있는 조각")).to_be_visible()
        broken = page.locator("[hx-get='/kit/broken']")
        expect(broken.get_by_role("alert")).to_contain_text("잠시 후 다시 시도해 주세요.")
        with page.expect_response("**/kit/broken"):
            broken.get_by_role("button", name="다시 시도").click()

    def test_a_failed_portlet_shows_the_reason_of_its_retry(self, page: Page, site: Site) -> None:
        page.goto(site.url)
        portlet = page.locator("#portlet-p6")
        portlet.get_by_role("link", name="다시 시도").click()
        expect(page.locator("#toasts")).to_contain_text("아직도 응답이 없습니다.")
        expect(portlet).to_contain_text("일정 서버가 응답하지 않습니다.")

    def test_a_lost_connection_is_told(self, page: Page, site: Site) -> None:
        page.goto(f"{site.url}/kit")
        page.context.set_offline(True)
        page.get_by_role("button", name="Like").click()
        expect(page.locator("#toasts")).to_contain_text("서버에 연결할 수 없습니다.")

    def test_the_theme_changes_at_once_and_is_remembered(self, page: Page, site: Site) -> None:
        page.goto(site.url)
        page.get_by_role("button", name="화면 테마").click()
        page.get_by_role("button", name="어둡게").click()
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.reload()
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
        assert dark == "rgb(17, 18, 21)"

    def test_the_password_can_be_seen(self, page: Page, site: Site) -> None:
        page.goto(f"{site.url}/login")
        page.get_by_label("비밀번호", exact=True).fill("비밀")
        page.get_by_role("button", name="비밀번호 표시").click()
        assert page.locator("#password").get_attribute("type") == "text"

    def test_times_are_in_the_persons_zone_and_language(self, page: Page, site: Site) -> None:
        page.goto(site.url)
        shown = page.locator("#portlet-p1 time").first
        expect(shown).to_have_text(re.compile(r"^\d+분 전$"))
        title = shown.get_attribute("title") or ""
        assert "오" in title
        assert "M" not in title


class TestWithoutScript:
    @pytest.fixture
    def plain(self, chromium: Browser, faults: Faults) -> Any:
        context = chromium.new_context(
            java_script_enabled=False, viewport={"width": 390, "height": 844}
        )
        yield context.new_page()
        context.close()

    def test_signing_in_works(self, plain: Page, site: Site) -> None:
        plain.goto(f"{site.url}/login")
        plain.get_by_label("아이디").fill("member")
        plain.get_by_label("비밀번호", exact=True).fill("wrong")
        plain.get_by_role("button", name="로그인").click()
        expect(plain.get_by_role("alert")).to_contain_text("맞지 않습니다")
        expect(plain.get_by_label("아이디")).to_have_value("member")
        expect(plain.locator("[data-reveals]")).to_be_hidden()

    def test_menus_open_and_forms_are_sent(self, plain: Page, site: Site) -> None:
        plain.goto(f"{site.url}/kit")
        plain.get_by_role("button", name="메뉴").click()
        expect(plain.get_by_role("link", name="전자결재")).to_be_visible()
        plain.keyboard.press("Escape")
        expect(plain.get_by_role("link", name="전자결재")).to_be_hidden()
        plain.get_by_role("button", name="Delete").click()
        plain.wait_for_url("**/kit")
        assert site.preview.csrf_seen == ["token-of-the-session"]

    def test_the_portal_can_be_read_and_has_no_dead_buttons(self, plain: Page, site: Site) -> None:
        plain.goto(site.url)
        expect(plain.get_by_text("정보보안 교육 이수 안내").first).to_be_visible()
        expect(plain.get_by_text("화면 구성", exact=True)).to_be_hidden()
        expect(plain.get_by_role("link", name="이 부분 보기")).to_be_visible()

    def test_the_language_is_changed_by_a_form(self, plain: Page, site: Site) -> None:
        plain.goto(f"{site.url}/login")
        plain.get_by_role("button", name="언어").click()
        plain.get_by_role("button", name="English").click()
        expect(plain.locator("html")).to_have_attribute("lang", "en")
