"""People at browsers: they open tabs on a demo, sign in, and hear what the browser complains of."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from tests.e2e.demo import PASSWORD, Demo

AXE = Path(__file__).parents[2] / "core/web/node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SERIOUS = {"serious", "critical"}
# What Chromium says of answers that should fail, and of a plain-http address that isn't localhost.
EXPECTED = (
    "Failed to load resource",
    "Cross-Origin-Opener-Policy header has been ignored",
    "Not supported for insecure origins",
    "HTTP Authentication failed",  # a socket of who has signed out
)
PATIENCE = 10_000  # milliseconds
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

Theme = Literal["light", "dark"]


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    language: Literal["ko", "en"] = "ko"
    width: int = 1280
    theme: Theme = "light"

    @property
    def height(self) -> int:
        """The height that goes with the width."""
        return 844 if self.width < 500 else 860

    def __str__(self) -> str:
        return f"{self.width}-{self.theme}-{self.language}"


@dataclass
class Visitors:
    """Opens browsers' contexts on one demo; who has signed in once stays so for later ones."""

    browser: Browser
    demo: Demo
    faults: list[str] = field(default_factory=list)
    _signed: dict[tuple[str, str, int], Any] = field(default_factory=dict)

    @asynccontextmanager
    async def context(
        self, look: Look = Look(), *, script: bool = True, state: Any = None
    ) -> AsyncIterator[BrowserContext]:
        """A browser of its own: nothing is kept in it but `state`."""
        context = await self.browser.new_context(
            viewport={"width": look.width, "height": look.height},
            locale="ko-KR" if look.language == "ko" else "en-GB",
            timezone_id="Asia/Seoul",
            color_scheme=look.theme,
            reduced_motion="reduce",
            java_script_enabled=script,
            storage_state=state,
        )
        context.set_default_timeout(PATIENCE)
        context.on("page", self._listen)
        try:
            yield context
        finally:
            await context.close()

    @asynccontextmanager
    async def tab(
        self,
        who: str | None = None,
        tenant: str = "hanbit",
        look: Look = Look(),
        *,
        script: bool = True,
    ) -> AsyncIterator[Page]:
        """A tab on a tenant's portal, signed in as `who`, or on nothing yet."""
        state = await self.session(who, tenant) if who else None
        async with self.context(look, script=script, state=state) as context:
            if look.language == "en" and who:
                await speak(context, self.demo.url(tenant), "en")
            page = await context.new_page()
            if who:
                await page.goto(self.demo.url(tenant))
            yield page

    async def session(self, who: str, tenant: str) -> Any:
        """The state of a browser in which this person has signed in."""
        key = (who, tenant, self.demo.port)
        if key not in self._signed:
            async with self.context() as context:
                page = await context.new_page()
                await sign_in(page, self.demo.url(tenant), who)
                self._signed[key] = await context.storage_state()
        return self._signed[key]

    def forget(self, who: str, tenant: str = "hanbit") -> None:
        """Has the next tab of this person sign in anew."""
        self._signed.pop((who, tenant, self.demo.port), None)

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda said: self._heard(page, said))

    def _heard(self, page: Page, said: ConsoleMessage) -> None:
        if said.type == "error" and not any(one in said.text for one in EXPECTED):
            self.faults.append(f"{page.url}: {said.text}")


async def speak(context: BrowserContext, url: str, language: str) -> None:
    """Chooses the language as the menu's form does, for this browser alone."""
    await context.add_cookies([{"name": "maru-locale", "value": language, "url": url}])


async def fill_sign_in(page: Page, who: str, password: str = PASSWORD) -> None:
    """Fills the sign-in form and sends it."""
    await page.locator("#username").fill(who)
    await page.locator("#password").fill(password)
    await page.locator(".sign-in button[type=submit]").click()


async def sign_in(page: Page, url: str, who: str, password: str = PASSWORD) -> None:
    """Signs in by the form; ends on the portal."""
    await page.goto(f"{url}/login")
    await fill_sign_in(page, who, password)
    await expect(page.locator("maru-grid")).to_be_visible()


async def settled(page: Page) -> None:
    """Waits until nothing glides, loads or comes late any more."""
    await expect(page.locator(".skeleton:visible:not(.specimen *)")).to_have_count(0)
    await page.evaluate(
        "document.fonts.ready.then(() => Promise.all(document.getAnimations()"
        ".filter(one => one.effect.getTiming().iterations !== Infinity)"
        ".map(one => one.finished.catch(() => 0)))).then(() => 1)"
    )


async def violations(page: Page) -> list[str]:
    """What axe objects to seriously, as lines."""
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
        for node in one["nodes"]
    ]


async def shoot(page: Page, name: str, look: Look = Look(), *, whole: bool = True) -> None:
    """Keeps a picture in the folder of `MARU_SHOTS`, where one is given."""
    if folder := SHOTS:
        name = re.sub(r"[^\w.-]+", "-", f"{name}-{look}")
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole)


async def examine(page: Page, name: str, look: Look = Look()) -> None:
    """What holds on every page: axe finds nothing serious, nothing is too wide; and a picture."""
    await settled(page)
    await shoot(page, name, look)
    assert await page.evaluate(TOO_WIDE) == 0, f"{name} is too wide at {look}"
    found = await violations(page)
    assert not found, "\n".join([f"{name} at {look}", *found])


SHOTS = os.environ.get("MARU_SHOTS")
