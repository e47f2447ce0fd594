"""What `survey` doesn't open, in both languages, on a desk and on a phone, light and dark."""

import pytest
from playwright.async_api import Page, expect
from tests.e2e.visitor import SHOTS, Look, Visitors, examine, settled, shoot, violations

pytestmark = pytest.mark.browser

ALL = [Look(a, b, c) for a in ("ko", "en") for b in (1280, 390) for c in ("light", "dark")]
# Half of them, so that each pair of choices is there; all for who looks at the pictures.
PAIRS = [
    look for look in ALL if (look.language == "en") ^ (look.width == 390) ^ (look.theme == "dark")
]


@pytest.mark.parametrize("look", ALL if SHOTS else PAIRS, ids=str)
class TestLooks:
    async def test_the_companies_to_choose_from(self, visitors: Visitors, look: Look) -> None:
        async with visitors.tab(look=look) as page:
            await page.goto(f"http://127.0.0.1:{visitors.demo.port}/")
            await examine(page, "chooser", look)

    async def test_portal(self, visitors: Visitors, look: Look) -> None:
        async with visitors.tab("admin", look=look) as page:
            await expect(page.locator("maru-grid > .portlet")).not_to_have_count(0)
            await examine(page, "portal", look)
            await page.locator("button[value=edit]").click()
            await expect(page.locator("maru-grid.editing")).to_be_visible()
            await examine(page, "arranging", look)
            await page.locator("button[value=add]").click()
            await settled(page)
            await shoot(page, "gallery", look, whole=False)
            assert await violations(page) == []
            await page.keyboard.press("Escape")
            await page.locator("button[value=cancel]").click()

    async def test_menus(self, visitors: Visitors, look: Look) -> None:
        async with visitors.tab("admin", look=look) as page:
            for menu in ("language-menu", "theme-menu", "person-menu"):
                await page.locator(f"[popovertarget={menu}]").click()
                await expect(page.locator(f"#{menu}")).to_be_visible()
                await settled(page)
                await shoot(page, menu, look, whole=False)
                if menu == "person-menu":
                    assert await violations(page) == []
                await page.keyboard.press("Escape")
            if look.width < 500:
                await _side(page, look)


async def _side(page: Page, look: Look) -> None:
    await page.locator(".menu-button").click()
    await expect(page.locator("#side")).to_be_visible()
    await settled(page)
    await shoot(page, "side", look, whole=False)
    assert await violations(page) == []
