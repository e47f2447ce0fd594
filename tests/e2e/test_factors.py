"""A second step besides the password: a passkey, the code of an app, and codes on paper."""

import re
import time
from collections.abc import AsyncIterator

import pyotp
import pytest
from playwright.async_api import Page, async_playwright, expect
from tests.e2e.conftest import CHROMIUM
from tests.e2e.demo import DOMAIN, PASSWORD, Demo
from tests.e2e.visitor import Look, Visitors, examine, fill_sign_in, sign_in

pytestmark = pytest.mark.browser

TENANT = "saebom"
OWN = "/preferences/two-step"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PHONE = Look("en", 390, "dark")


@pytest.fixture
async def visitors(demo: Demo) -> AsyncIterator[Visitors]:
    """A browser that holds the demo's plain address to be secure, as passkeys need it."""
    secure = f"http://{TENANT}.{DOMAIN}:{demo.port}"
    args = [
        f"--host-resolver-rules=MAP *.{DOMAIN} 127.0.0.1",
        f"--unsafely-treat-insecure-origin-as-secure={secure}",
    ]
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=args)
        found = Visitors(browser, demo)
        yield found
        await browser.close()
    assert found.faults == []


async def with_device(page: Page) -> None:
    """Gives the tab a device of its own."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    await session.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


async def removed(page: Page, card: str) -> None:
    """Takes away what the first "remove" of a card stands for."""
    await page.locator(f"#{card} .factor").first.get_by_role("button", name="삭제").first.click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("현재 비밀번호").fill(PASSWORD)
    await dialog.get_by_role("button", name="삭제").click()


async def test_a_passkey_is_set_up_confirms_a_password_and_replaces_it(
    visitors: Visitors,
) -> None:
    base = visitors.demo.url(TENANT)
    async with visitors.tab() as page:
        await with_device(page)
        await sign_in(page, base, "manager")
        await page.goto(f"{base}{OWN}")
        await examine(page, "two-step-empty")
        await page.get_by_label("새 패스키 이름").fill("회사 노트북")
        await page.get_by_role("button", name="패스키 추가").click()
        await expect(page.locator("#passkeys")).to_contain_text("회사 노트북")
        await expect(page.locator(".sheet li")).to_have_count(10)
        await examine(page, "two-step-passkey")
        (paper,) = (await page.locator(".sheet code").all_text_contents())[:1]
        await page.get_by_role("button", name="보관했습니다").click()
        await expect(page.locator(".sheet")).to_have_count(0)

        await page.context.clear_cookies()
        await page.goto(f"{base}/login")
        await fill_sign_in(page, "manager")
        await expect(page).to_have_url(f"{base}/login/second-factor")
        await examine(page, "second-factor")
        await page.get_by_role("button", name="패스키 사용").click()
        await expect(page.locator("maru-grid")).to_be_visible()

        await page.context.clear_cookies()
        await page.goto(f"{base}/login")
        await page.get_by_role("link", name="패스키로 로그인").click()
        await examine(page, "passkey")
        await page.get_by_role("button", name="패스키 사용").click()
        await expect(page.locator("maru-grid")).to_be_visible()

        await page.context.clear_cookies()
        await page.goto(f"{base}/login")
        await fill_sign_in(page, "manager")
        await page.get_by_label("코드").fill("000000")
        await page.get_by_role("button", name="계속").click()
        await expect(page.locator(".fault")).to_contain_text("코드가 맞지 않거나")
        await page.get_by_label("코드").fill(paper)
        await page.get_by_role("button", name="계속").click()
        await expect(page.locator("maru-grid")).to_be_visible()

        await page.goto(f"{base}{OWN}")
        await expect(page.locator("#codes")).to_contain_text("9")
        await removed(page, "passkeys")
        await expect(page.locator("#codes")).to_have_count(0)


async def test_a_device_that_refuses_is_told_and_nothing_else_happens(visitors: Visitors) -> None:
    base = visitors.demo.url(TENANT)
    async with visitors.tab() as page:
        await with_device(page)  # it has no passkey for this site
        await page.goto(f"{base}/login")
        await page.get_by_role("link", name="패스키로 로그인").click()
        await page.get_by_role("button", name="패스키 사용").click()
        await expect(page.get_by_role("alert")).to_contain_text("기기에서 응답이 없습니다")
        await expect(page).to_have_url(re.compile("/login/passkey"))


async def test_whoever_must_have_one_sets_up_an_app_before_anything_opens(
    visitors: Visitors,
) -> None:
    base = visitors.demo.url(TENANT)
    async with visitors.tab() as admin, visitors.tab(look=PHONE) as page:
        await sign_in(admin, base, "admin")
        await admin.goto(f"{base}/admin/second-factor")
        await examine(admin, "second-factor-required")
        await _demand(admin, "아래 역할이 있는 사람", "manager")
        await page.goto(f"{base}/login")
        await fill_sign_in(page, "manager")
        await examine(page, "second-factor-begin", PHONE)
        await page.locator("form[action$='/begin'] button").click()
        await examine(page, "second-factor-app", PHONE)
        key = (await page.locator(".key").text_content() or "").replace(" ", "")
        await page.locator("#code").fill(pyotp.TOTP(key).at(time.time()))
        await page.locator("form[action$='/confirm'] button").click()
        await expect(page).to_have_url(f"{base}{OWN}")
        await expect(page.locator(".sheet li")).to_have_count(10)
        await examine(page, "two-step-codes", PHONE)
        await _demand(admin, "선택: 원하는 사람만")
        await page.goto(f"{base}{OWN}")
        await page.locator("#app .factor button").first.click()
        await page.locator("dialog[open] input[type=password]").fill(PASSWORD)
        await page.locator("dialog[open] button.danger").click()
        await expect(page.locator("#app .factor")).to_have_count(0)


async def _demand(page: Page, who: str, role: str = "") -> None:
    """Chooses who must have one."""
    await page.get_by_label(who).check()
    for box in await page.locator("input[name=roles]").all():
        wanted = role and await box.get_attribute("value") == role
        await (box.check() if wanted else box.uncheck())
    await page.get_by_role("button", name="저장").click()
    await expect(page.get_by_role("main").get_by_role("status")).to_contain_text("저장했습니다")
