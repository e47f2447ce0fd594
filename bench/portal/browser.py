"""The portal page in headless Chromium: when it is painted, what comes over the line, how soon it
answers to a hand.

What a person waits for is measured from the input to the frame that shows its outcome, by the
browser's own event timing.
"""

import asyncio
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from bench.ground import PASSWORD, Ground
from bench.people import Line, admins
from bench.portal.plugin import place, switch_on, with_plugin
from bench.process import Broken, Process, maru
from bench.tables import Found, Table, number
from maru.embedded.engine import free_port

CHROMIUM = "/usr/bin/chromium"
_GOALS = {
    "painted, nothing kept, ms": 800,
    "painted, files kept, ms": 800,
    "layout shift": 0.02,
    "script, bytes as they came": 120_000,
    "stylesheet, bytes as they came": 40_000,
    "dialog, ms": 100,
    "drag begun, ms": 100,
}
_HEADS = ("", "median", "worst", "goal")
_WATCH = """
    window.seen = {shift: 0, events: {}};
    new PerformanceObserver(list => {
        for (const one of list.getEntries())
            window.seen.shift += one.hadRecentInput ? 0 : one.value;
    }).observe({type: 'layout-shift', buffered: true});
    new PerformanceObserver(list => {
        const events = window.seen.events;
        for (const one of list.getEntries())
            events[one.name] = Math.max(one.duration, events[one.name] ?? 0);
    }).observe({type: 'event', durationThreshold: 16, buffered: true});
"""
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_FONTS = "document.fonts.ready.then(() => new Promise(done => setTimeout(done, 300)))"
_DRAG = """portlet => {
    addEventListener('pointermove', move => window.seen.moved = move.timeStamp, {once: true});
    new MutationObserver((_, watching) => {
        if (!portlet.classList.contains('held')) return;
        watching.disconnect();
        requestAnimationFrame(() => setTimeout(() =>
            window.seen.drag = performance.now() - window.seen.moved));
    }).observe(portlet, {attributeFilter: ['class']});
}"""


@dataclass
class Seen:
    """What was measured of each thing, in the order of the rounds."""

    figures: dict[str, list[float]] = field(default_factory=dict)

    def note(self, name: str, figure: float) -> None:
        """One more."""
        self.figures.setdefault(name, []).append(figure)


def browser(ground: Ground, rounds: int) -> Found:
    """The table, and the goals that weren't met."""
    seen = Seen()
    ground = asyncio.run(with_plugin(ground))
    with maru("serve", ground.folder, ground.environment, free_port()) as server:
        line = Line(server.port)
        for admin in admins(line, ground):
            switch_on(line, admin)
            place(line, admin)
        with sync_playwright() as play:
            chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            state = _signed_in(chromium, server, ground)
            for _ in range(rounds):
                _look(chromium, state, server, ground, seen)
            chromium.close()
    return _found(seen)


def _signed_in(chromium: Browser, server: Process, ground: Ground) -> Any:
    """The state of a browser in which the first tenant's admin has signed in."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{_url(server, ground)}/login")
    page.locator("#username").fill("admin")
    page.locator("#password").fill(PASSWORD)
    page.locator(".sign-in button[type=submit]").click()
    page.locator("maru-grid .portlet").first.wait_for()
    state = context.storage_state()
    context.close()
    return state


def _url(server: Process, ground: Ground) -> str:
    return f"http://{next(iter(ground.boards))}.localhost:{server.port}"


def _look(chromium: Browser, state: Any, server: Process, ground: Ground, seen: Seen) -> None:
    """A browser that has only its session: the page twice, a dialog, a drag."""
    size: Any = {"width": 1280, "height": 860}
    context = chromium.new_context(storage_state=state, viewport=size, locale="ko-KR")
    page = context.new_page()
    page.add_init_script(_WATCH)
    sizes = _sizes(context, page)
    page.goto(_url(server, ground))
    if page.locator("maru-grid .portlet").count() < 8:
        raise Broken("the page in the browser has not all portlets")
    page.evaluate(_FONTS)
    seen.note("painted, nothing kept, ms", page.evaluate(_PAINT))
    seen.note("layout shift", page.evaluate("window.seen.shift"))
    for kind in ("Script", "Stylesheet", "Document", "Font"):
        seen.note(f"{kind.lower()}, bytes as they came", sizes.get(kind, 0))
    page.reload()
    page.evaluate(_FONTS)
    seen.note("painted, files kept, ms", page.evaluate(_PAINT))
    seen.note("dialog, ms", _dialog(page))
    seen.note("drag begun, ms", _drag(page))
    context.close()


def _dialog(page: Page) -> float:
    """From the click until the frame with the dialog."""
    page.evaluate("window.seen.events = {}")
    page.locator("#grid-tools button[commandfor=pages]").click()
    page.locator("#pages").wait_for()
    page.evaluate(_FONTS)
    took = page.evaluate("Math.max(0, ...Object.values(window.seen.events))")
    page.keyboard.press("Escape")
    return float(took)


def _drag(page: Page) -> float:
    """From the first move until the frame in which the portlet is held."""
    page.locator("#grid-tools button[value=edit]").click()
    portlet = page.locator("maru-grid.editing .portlet").first
    portlet.evaluate(_DRAG)
    box = portlet.locator("h2").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 10, steps=4)
    page.wait_for_function("window.seen.drag !== undefined")
    page.mouse.up()
    return float(page.evaluate("window.seen.drag"))


def _sizes(context: BrowserContext, page: Page) -> dict[str, float]:
    """Bytes by kind of resource as they come over the line, heads included; filled as they come."""
    line: CDPSession = context.new_cdp_session(page)
    kinds: dict[str, str] = {}
    sizes: dict[str, float] = {}

    def answered(told: Any) -> None:
        kinds[told["requestId"]] = told["type"]

    def finished(told: Any) -> None:
        kind = kinds.get(told["requestId"], "")
        sizes[kind] = sizes.get(kind, 0) + told["encodedDataLength"]

    line.on(
        "Network.responseReceived", lambda told: kinds.update({told["requestId"]: told["type"]})
    )
    line.on("Network.loadingFinished", finished)
    line.send("Network.enable")
    return sizes


def _found(seen: Seen) -> Found:
    rows, misses = [], []
    for name, figures in seen.figures.items():
        goal = _GOALS.get(name)
        rows.append((name, number(median(figures)), number(max(figures)), _said(goal)))
        if goal is not None and median(figures) > goal:
            misses.append(f"{name}: {median(figures):,.2f}, at most {goal:,g} wanted")
    return Found([Table("", _HEADS, rows)], dict(seen.figures), misses)


def _said(goal: float | None) -> str:
    return "" if goal is None else f"≤ {goal:,g}"
