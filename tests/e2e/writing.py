"""The form of a new post, with nothing in it."""

import re

from playwright.async_api import Page, expect


async def start_post(page: Page, *, script: bool = True) -> None:
    """From a board to its form; what was kept of an earlier text there goes."""
    await page.get_by_role("link", name=re.compile("글쓰기|Write")).click()
    await expect(page.locator("#field-title")).to_be_visible()
    kept = page.get_by_role("button", name=re.compile("임시 저장 버리기|Throw the draft away"))
    if await kept.is_visible():
        await kept.click()
        if script:
            await page.get_by_role("alertdialog").get_by_role("button").last.click()
        await expect(kept).to_be_hidden()
        await expect(page.locator("#field-title")).to_be_visible()
