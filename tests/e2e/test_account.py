"""Signing in and out, and what a browser shows afterwards."""

import re
from urllib.parse import quote
from uuid import uuid4

import pytest
from playwright.async_api import expect
from tests.e2e.visitor import Look, Visitors, fill_sign_in, settled, shoot, sign_in

pytestmark = pytest.mark.browser

WRONG = {
    "ko": "아이디 또는 비밀번호가 올바르지 않습니다",
    "en": "The user name or the password is wrong",
}


@pytest.mark.parametrize("look", [Look("ko"), Look("en", 390, "dark")], ids=str)
async def test_a_wrong_password_is_told_in_the_readers_language(
    visitors: Visitors, look: Look
) -> None:
    async with visitors.tab(look=look) as page:
        await page.goto(f"{visitors.demo.url('hanbit')}/login")
        await fill_sign_in(page, "admin", "not the password")
        await expect(page.get_by_role("alert")).to_contain_text(WRONG[look.language])
        await expect(page.locator("#username")).to_have_value("admin")
        await expect(page.locator("#password")).to_have_value("")
        await expect(page.locator("#password")).to_be_focused()
        await settled(page)
        await shoot(page, "sign-in-refused", look)


@pytest.mark.parametrize(
    "there", ["//evil.example/", "https://evil.example/", "/\\evil.example", "/%2f/evil.example"]
)
async def test_next_leads_nowhere_else(visitors: Visitors, there: str) -> None:
    base = visitors.demo.url("hanbit")
    async with visitors.tab() as page:
        await page.goto(f"{base}/login?next={quote(there, safe='')}")
        await fill_sign_in(page, "member")
        await expect(page).to_have_url(f"{base}/")


async def test_signing_in_leads_to_the_page_that_was_asked_for(visitors: Visitors) -> None:
    base = visitors.demo.url("hanbit")
    async with visitors.tab() as page:
        await page.goto(f"{base}/board/posts/new?board={uuid4()}")
        await expect(page).to_have_url(re.compile("/login.next=/board/posts/new%3Fboard%3D"))
        await fill_sign_in(page, "member")
        await expect(page).to_have_url(re.compile("/board/posts/new.board="))


async def test_the_portal_shows_portlets_of_core_and_of_board(visitors: Visitors) -> None:
    async with visitors.tab() as page:
        await sign_in(page, visitors.demo.url("hanbit"), "manager")
        await expect(page).to_have_title("포털 · 마루")
        for title in ("최근 글", "공지사항", "조직"):
            frame = page.get_by_role("region", name=title)
            await expect(frame.locator("li")).not_to_have_count(0)
        await expect(page.locator("[data-type='core.organization']")).to_contain_text("한빛전자")


async def test_after_signing_out_the_back_button_shows_nothing_personal(
    visitors: Visitors,
) -> None:
    base = visitors.demo.url("hanbit")
    async with visitors.tab() as page:
        await sign_in(page, base, "manager")
        name = await page.locator(".person-button .name").inner_text()
        await page.goto(f"{base}/board")
        await page.locator(".person-button").click()
        await page.get_by_role("button", name="로그아웃").click()
        await expect(page).to_have_url(f"{base}/login")
        await page.go_back()
        await expect(page.locator("#username")).to_be_visible()
        assert name not in await page.content()
        kept = {one["name"] for one in await page.context.cookies() if "demo" in one["name"]}
        ours = f"maru-demo-{visitors.demo.port}"
        assert kept == {f"{ours}-visitor", f"{ours}-device"}  # neither signs anybody in


class TestPreferences:
    async def test_language_is_kept_with_the_person(self, visitors: Visitors) -> None:
        base = visitors.demo.url("saebom")
        async with visitors.tab() as page:
            await sign_in(page, base, "member")
            await page.goto(f"{base}/board")
            await page.locator("h2 a").first.click()
            await page.get_by_role("link", name="더 이전").click()
            there = page.url
            await page.locator("[popovertarget=language-menu]").click()
            await page.get_by_role("button", name="English").click()
            await expect(page.get_by_role("link", name="Newer")).to_be_visible()
            await expect(page).to_have_url(there)
            me = await page.evaluate("fetch('/api/v1/users/me').then(one => one.json())")
            assert me["data"]["locale"] == "en"
        async with visitors.tab() as page:
            await sign_in(page, base, "member")
            await expect(page.locator("html")).to_have_attribute("lang", "en")
            await page.locator("[popovertarget=language-menu]").click()
            await page.get_by_role("button", name="한국어").click()
            await expect(page.locator("html")).to_have_attribute("lang", "ko")

    @pytest.mark.parametrize("script", [True, False])
    async def test_theme_is_kept_in_the_browser(self, visitors: Visitors, script: bool) -> None:
        base = visitors.demo.url("hanbit")
        async with visitors.tab(script=script) as page:
            await page.goto(f"{base}/login?next=/board")
            await page.locator("[popovertarget=theme-menu]").click()
            await page.get_by_role("button", name="어둡게").click()
            await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
            await expect(page).to_have_url(f"{base}/login?next=/board")
            await page.reload()
            await expect(page.locator("html")).to_have_attribute("data-theme", "dark")
