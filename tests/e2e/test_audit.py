"""The audit trail at a browser: found, read, taken along."""

import re

import pytest
from playwright.async_api import expect
from tests.e2e.demo import Demo
from tests.e2e.visitor import Look, Visitors, examine

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("look", [Look(), Look("en", 390, "dark")], ids=str)
async def test_an_admin_finds_a_sign_in_and_reads_it(
    demo: Demo, visitors: Visitors, look: Look
) -> None:
    base = demo.url("saebom")
    async with visitors.tab("admin", "saebom", look) as page:
        await page.goto(f"{base}/admin/audit")
        await examine(page, f"audit-{look}")
        await page.locator("#audit-action").select_option("auth.login")
        await page.locator("form.filter button[type=submit]").click()
        await expect(page).to_have_url(re.compile("action=auth.login"))
        await page.locator("td a.title").first.click()
        await expect(page.locator("code").filter(has_text="auth.login")).to_be_visible()
        await examine(page, f"audit-line-{look}")


async def test_the_export_is_a_file(demo: Demo, visitors: Visitors) -> None:
    async with visitors.tab("admin", "saebom") as page:
        await page.goto(f"{demo.url('saebom')}/admin/audit")
        async with page.expect_download() as waiting:
            await page.locator("a[href^='/api/v1/admin/audit/export']").click()
        name = (await waiting.value).suggested_filename
        assert re.fullmatch(r"audit-saebom-\d{8}\.csv", name)
