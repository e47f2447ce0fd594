"""How a page is looked at: by axe, at each width, and for words that are cut off."""

import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from playwright.async_api import Page, expect
from tests.e2e.survey.company import Company
from tests.e2e.survey.screens import ALL_WIDTHS, Screen
from tests.e2e.visitor import AXE, RULES, TOO_WIDE, Look, Theme, settled

KEPT: Final = os.environ.get("MARU_SCREENSHOTS") == "write"
ROOT: Final = Path(__file__).parents[3]
TALLEST: Final = 1600
Language = Literal["ko", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("ko", "en")
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")
# A theme changes colours alone: what has none is looked at once.
OF_COLOURS: Final = ["color-contrast", "link-in-text-block"]
CUT_OFF: Final = """() => {
  const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const found = []
  const clips = e => /hidden|clip/.test(getComputedStyle(e).overflowX)
  for (let text; (text = all.nextNode());) {
    const own = text.parentElement
    if (!text.data.trim() || own.closest(".unseen, script, style, template, [aria-hidden=true]"))
      continue
    if (!own.checkVisibility({visibilityProperty: true})) continue
    const range = document.createRange()
    range.selectNodeContents(text)
    const box = range.getBoundingClientRect()
    if (!box.width) continue
    if (/[가-힣]/.test(text.data) && !own.closest("pre, code, textarea, .mono")
        && getComputedStyle(own).wordBreak !== "keep-all")
      found.push(`syllables apart: ${text.data.trim().slice(0, 60)}`)
    for (let e = own; e && e !== document.body; e = e.parentElement) {
      const style = getComputedStyle(e)
      if (/auto|scroll/.test(style.overflowX)) break
      const edge = e.getBoundingClientRect()
      if (!clips(e) || box.right <= edge.right + 1) continue
      if (style.textOverflow !== "ellipsis")
        found.push(`cut off: ${text.data.trim().slice(0, 60)} in ${e.className || e.tagName}`)
      break
    }
  }
  return found
}"""


async def open_screen(company: Company, page: Page, screen: Screen) -> None:
    """Opens it and waits until it is all there."""
    await page.goto(await company.address(page, screen))
    await expect(page.locator(screen.ready).first).to_be_visible()
    await settled(page)


async def objections(page: Page, rules: list[str] | None = None) -> list[str]:
    """All that axe objects to, however little."""
    only: Any = {"type": "rule", "values": rules} if rules else RULES
    found = await page.evaluate("only => axe.run(document, {runOnly: only})", only)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


async def faults(page: Page, language: Language) -> list[str]:
    """What is wrong with this page in any theme, at any width. The structure of a page is that of
    a desk in Korean and that of a phone in English; no theme changes it."""
    await page.evaluate(AXE.read_text())
    lost = page.locator("main .empty.bad[role=alert]:visible:not(.specimen *)")
    found = [f"not there: {text}" for text in await lost.all_inner_texts()]
    widths = sorted(ALL_WIDTHS, reverse=language == "en")
    for width in widths:
        await resize(page, width)
        if over := await page.evaluate(TOO_WIDE):
            found.append(f"{width}: {over} pixels too wide")
        found += [f"{width}: {line}" for line in await page.evaluate(CUT_OFF)]
    await resize(page, 390 if language == "en" else 1280)
    found += [f"light: {line}" for line in await objections(page)]
    await page.emulate_media(color_scheme="dark")
    found += [f"dark: {line}" for line in await objections(page, OF_COLOURS)]
    await page.emulate_media(color_scheme="light")
    return [f"{language}: {line}" for line in dict.fromkeys(found)]


async def resize(page: Page, width: int) -> None:
    """Gives the window this width and waits until everything has its place."""
    look = Look(width=width)
    await page.set_viewport_size({"width": width, "height": look.height})
    await settled(page)


def looks(screen: Screen) -> list[Look]:
    """In which looks a picture of this screen is kept: main ones in all, others in four."""
    if screen.main:
        return [Look(a, b, c) for a in ("ko", "en") for b in (1280, 768, 390) for c in THEMES]
    return [
        Look("ko", 1280, "light"),
        Look("ko", 390, "dark"),
        Look("en", 1280, "dark"),
        Look("en", 390, "light"),
    ]


async def photograph(page: Page, screen: Screen, language: Language, folder: Path) -> None:
    """Takes the pictures of an open screen in this language."""
    for look in looks(screen):
        if look.language != language:
            continue
        await page.emulate_media(color_scheme=look.theme)
        await resize(page, look.width)
        await keep(page, folder / f"{screen.name}-{look}.webp", look.width)


async def keep(page: Page, file: Path, width: int, box: Mapping[str, float] | None = None) -> None:
    """Writes what is seen, or what is in the `box`, as WebP."""
    height = await page.evaluate("document.documentElement.scrollHeight")
    clip = dict(box) if box else {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)}
    session = await page.context.new_cdp_session(page)
    asked = {"format": "webp", "quality": 62, "captureBeyondViewport": True}
    taken = await session.send("Page.captureScreenshot", asked | {"clip": clip | {"scale": 1}})
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(base64.b64decode(taken["data"]))
    await session.detach()
