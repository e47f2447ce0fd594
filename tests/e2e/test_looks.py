"""Every page in both languages, on a desk and on a phone, light and dark."""

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
    async def test_before_signing_in(self, visitors: Visitors, look: Look) -> None:
        async with visitors.tab(look=look) as page:
            await page.goto(visitors.demo.url("hanbit"))
            await examine(page, "sign-in", look)
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

    async def test_board(self, visitors: Visitors, look: Look) -> None:
        async with visitors.tab("admin", look=look) as page:
            for name, path in {"boards": "/board", "manage": "/board/manage"}.items():
                await page.goto(f"{visitors.demo.url('hanbit')}{path}")
                await examine(page, name, look)
            await page.locator("a.danger").first.click()
            await examine(page, "delete-board", look)
            await page.goto(f"{visitors.demo.url('hanbit')}/board")
            await page.locator("h2 a").first.click()
            await examine(page, "board", look)
            await page.locator(".page-head a.primary").click()
            await examine(page, "write", look)
            await page.go_back()
            await page.locator("tr", has_text="[").locator("a.title").first.click()
            await examine(page, "post", look)

    async def test_around(self, visitors: Visitors, look: Look) -> None:
        base = visitors.demo.url("hanbit")
        async with visitors.tab("admin", look=look) as page:
            for name, path in {
                "plugins": "/admin/plugins",
                "statistics": "/admin/statistics",
                "health": "/admin/health",
                "data-keys": "/admin/data-keys",
                "addresses": "/admin/addresses",
                "plugin": "/admin/plugins/board",
                "monitor": "/admin/monitor",
                "alerts": "/admin/alerts",
                "mail": "/admin/mail",
                "docs": "/docs",
                "missing": "/nothing/here",
            }.items():
                await page.goto(f"{base}{path}")
                await examine(page, name, look)
        async with visitors.tab("member", look=look) as page:
            answer = await page.goto(f"{base}/admin/plugins")
            assert answer is not None
            assert answer.status == 403
            await examine(page, "forbidden", look)

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
