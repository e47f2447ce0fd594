"""What an operator does at a browser, and what a suspended tenant's people see."""

import time
import zipfile

import pyotp
import pytest
from playwright.async_api import Page, expect
from tests.e2e.demo import DOMAIN, PASSWORD, Demo
from tests.e2e.visitor import Look, Visitors, examine, fill_sign_in, speak

pytestmark = pytest.mark.browser


async def enter(page: Page, demo: Demo, look: Look) -> None:
    base = f"http://localhost:{demo.port}"
    if look.language == "en":
        await speak(page.context, base, "en")
    await page.goto(f"{base}/operator")
    await examine(page, "operator-login", look)
    await fill_sign_in(page, "operator", PASSWORD)
    await expect(page.get_by_role("table")).to_contain_text("한빛전자")


async def test_a_tenant_is_made_suspended_opened_and_closed(visitors: Visitors, demo: Demo) -> None:
    base = f"http://localhost:{demo.port}/operator"
    async with visitors.context() as context:
        page = await context.new_page()
        await enter(page, demo, Look())
        await page.goto(f"{base}/tenants/new")
        await page.locator("#new-slug").fill("gaon")
        await page.locator("#new-name").fill("가온상사")
        await page.locator("#new-people").fill("30")
        await page.get_by_role("button", name="만들기").click()
        await expect(page.get_by_text("가온상사가 준비되었습니다")).to_be_visible()
        await page.locator("#suspend-note").fill("점검 중입니다")
        await page.get_by_role("button", name="이용 중지").click()
        await expect(page.get_by_role("button", name="다시 열기")).to_be_visible()
        await examine(page, "operator-suspended")
        other = await context.new_page()
        await other.goto(f"http://gaon.{DOMAIN}:{demo.port}/")
        await expect(other.get_by_text("점검 중입니다")).to_be_visible()
        await examine(other, "suspended")
        await page.get_by_role("button", name="다시 열기").click()
        await expect(page.locator("#delete-slug")).to_be_visible()
        await page.locator("#delete-slug").fill("another")
        await page.get_by_role("button", name="삭제", exact=True).click()
        await expect(page.locator("#delete-slug-fault")).to_be_visible()
        await page.locator("#delete-slug").fill("gaon")
        await page.get_by_role("button", name="삭제", exact=True).click()
        await expect(page.get_by_role("button", name="다시 열기")).to_be_visible()
        await examine(page, "operator-deleting")


async def test_an_archive_is_written_and_downloaded(visitors: Visitors, demo: Demo) -> None:
    async with visitors.context() as context:
        page = await context.new_page()
        await enter(page, demo, Look())
        await page.get_by_role("link", name="새봄유통").click()
        await page.get_by_role("button", name="내보내기").click()
        button = page.get_by_role("button", name="내려받기").first
        await expect(button).to_be_visible(timeout=60_000)
        await examine(page, "operator-exported")
        async with page.expect_download() as waiting:
            await button.click()
        archive = await waiting.value
        assert archive.suggested_filename.startswith("saebom-")
        path = await archive.path()
        assert zipfile.is_zipfile(path)
        await page.goto(f"http://localhost:{demo.port}/operator/trail")
        await expect(page.get_by_text("보관 파일 내려받음")).to_be_visible()


async def test_an_operator_sets_up_an_app_and_is_asked_for_its_code(
    visitors: Visitors, demo: Demo
) -> None:
    base = f"http://localhost:{demo.port}/operator"
    async with visitors.context() as context:
        page = await context.new_page()
        await enter(page, demo, Look())
        await page.goto(f"{base}/two-step")
        await page.locator("#app").get_by_role("button").click()
        secret = (await page.locator("code.key").inner_text()).replace(" ", "")
        await page.locator("#code").fill(pyotp.TOTP(secret).at(time.time()))
        await page.locator("#app").get_by_role("button").click()
        await expect(page.locator("#codes li")).to_have_count(10)
        await examine(page, "operator-two-step-codes")
        paper = await page.locator("#codes li code").first.inner_text()
        async with visitors.context(Look("ko", 390, "dark")) as phone:
            other = await phone.new_page()
            await other.goto(base)
            await fill_sign_in(other, "operator", PASSWORD)
            await expect(other.locator("#code")).to_be_visible()
            await examine(other, "operator-second-factor", Look("ko", 390, "dark"))
            await other.locator("#code").fill(paper)
            await other.locator("form", has=other.locator("#code")).get_by_role("button").click()
            await expect(other.get_by_role("table")).to_contain_text("한빛전자")
        demo.maru("operators", "reset-factors", "operator")
