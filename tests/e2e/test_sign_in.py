"""Signing in elsewhere, from the form that an admin fills in to signing out again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from tests.e2e.visitor import Visitors, examine
from tests.peers.running import OIDC, child, free_port, node

pytestmark = pytest.mark.browser

NAME = "한빛 계정"


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The certified provider: its issuer."""
    program = node()
    if program is None or not (OIDC / "node_modules/oidc-provider").is_dir():
        pytest.skip("npm ci has not been run in tests/peers/oidc")
    port, log = free_port(), Path(tmp_path_factory.mktemp("oidc")) / "log"
    with child([program, "provider.mjs", str(port)], port, log, cwd=OIDC):
        yield f"http://127.0.0.1:{port}"


async def add(page: Page, base: str, issuer: str) -> None:
    """Fills in the form of a provider."""
    await page.goto(f"{base}/admin/sign-in")
    await page.locator("a[href='/admin/sign-in/new/oidc']").click()
    await page.locator("[name=key]").fill("corp")
    await page.locator("[name=name]").fill(NAME)
    await page.locator("[name=issuer]").fill(issuer)
    await page.locator("[name=client_id]").fill("maru")
    await page.locator("[name=secret]").fill("a secret of the tests")
    await page.locator("[name=first_sign_in]").select_option("create")
    await page.locator("[name=sign_out]").check()
    await page.locator("form.form button[type=submit]").click()


async def test_an_admin_sets_it_up_and_people_use_it(visitors: Visitors, certified: str) -> None:
    base = visitors.demo.url("saebom")
    async with visitors.tab("admin", "saebom") as page:
        await add(page, base, certified)
        await expect(page.locator("main")).to_contain_text("모두 정상입니다")
        await page.goto(f"{base}/admin/sign-in/corp")
        await expect(page.locator("[name=secret]")).to_have_value("")
        await page.locator("form[action$='/on'] button").click()
        await expect(page.locator("table")).to_contain_text("켜짐")
    async with visitors.tab() as page:
        await page.goto(f"{base}/login?next=/organization")
        await page.get_by_role("link", name=NAME).click()
        await page.locator("[name=login]").fill("sori")
        await page.locator("[name=password]").fill("x")
        await page.locator("[type=submit]").click()
        await page.locator("[type=submit]").click()
        await page.wait_for_url(f"{base}/organization")
        await page.goto(f"{base}/login/linked")
        await expect(page.locator("table")).to_contain_text(NAME)
        await examine(page, "linked")
        await page.evaluate("document.querySelector(\"form[action='/logout']\").submit()")
        await page.wait_for_url(f"{certified}/**")
        await page.locator("[name=logout]").first.click()
        await page.wait_for_url(f"{base}/login")
    async with visitors.tab("admin", "saebom") as page:
        await page.goto(f"{base}/admin/sign-in/corp")
        await page.locator("form[action$='/off'] button").click()
        await page.locator("dialog[open] .danger, dialog[open] .primary").last.click()
        await expect(page.locator("table")).to_contain_text("꺼짐")
