"""Takes pictures of every page: `python -m tests.core.web.shoot FOLDER [name …]`."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

PAGES = {
    "portal": "/",
    "login": "/login",
    "chooser": "/chooser",
    "404": "/error/404",
    "503": "/error/503?out=1",
    "plugins": "/admin/plugins",
    "kit": "/kit",
    "docs": "/docs",
}
SIZES = {"1280": (1280, 860), "390": (390, 844)}


def shoot(base: str, folder: Path, wanted: list[str]) -> None:
    """One picture per page, size, theme; English for the light ones' second half."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium")
        for size, (width, height) in SIZES.items():
            for theme, locale in (("light", "ko"), ("dark", "ko"), ("light", "en")):
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    locale=locale,
                    device_scale_factor=1,
                )
                page = context.new_page()
                for name, path in PAGES.items():
                    if wanted and name not in wanted:
                        continue
                    sign = "&" if "?" in path else "?"
                    page.goto(f"{base}{path}{sign}lang={locale}&theme={theme}")
                    page.wait_for_timeout(350)
                    page.screenshot(
                        path=folder / f"{name}-{size}-{theme}-{locale}.png", full_page=True
                    )
                context.close()
        browser.close()


if __name__ == "__main__":
    shoot(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
