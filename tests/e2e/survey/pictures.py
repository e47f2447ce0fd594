"""The pictures of the guides: which screen, what is done on it first, and what of it is shown."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.async_api import Locator, Page, expect
from tests.e2e.survey.company import Company
from tests.e2e.survey.screens import SCREENS, Screen
from tests.e2e.survey.walk import Language, keep, open_screen
from tests.e2e.visitor import Look, settled

EDGE: Final = 16
TALLEST: Final = 820
NAMED: Final = {screen.name: screen for screen in SCREENS}
Act = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True)
class Picture:
    """A picture of what `shown` holds on this screen, once `act` was done."""

    name: str
    screen: str = ""
    shown: str = "main"
    act: Act | None = None
    width: int = 1280

    @property
    def of(self) -> Screen:
        """The screen that is seen."""
        return NAMED[self.screen or self.name]


async def arrange(page: Page) -> None:
    """Begins to arrange the portal."""
    await page.locator("[name=does][value=edit]").click()
    await expect(page.locator("maru-grid.editing")).to_be_visible()


async def choose_portlet(page: Page) -> None:
    """Opens the gallery."""
    await arrange(page)
    await page.locator("[name=does][value=add]").click()
    shown = page.locator("#gallery [data-slot=preview] > :not(.skeleton)")
    await expect(shown.first).to_be_visible()


async def pages(page: Page) -> None:
    """Opens the dialog of the portal's pages."""
    await page.locator("#grid-tools [data-when=reading] button >> nth=0").click()
    await expect(page.locator("dialog[open]")).to_be_visible()


async def fasten(page: Page) -> None:
    """Opens the dialog of what people can't change."""
    await arrange(page)
    await page.locator("maru-grid > .portlet .lock").first.click()
    await expect(page.locator("dialog[open]")).to_be_visible()


async def person_menu(page: Page) -> None:
    """Opens the menu of the person."""
    await page.locator("[popovertarget=person-menu]").click()
    await expect(page.locator("#person-menu")).to_be_visible()


async def app_waits(page: Page) -> None:
    """Begins to set up an app with codes."""
    await page.locator("#app").get_by_role("button").click()
    await expect(page.locator("code.key")).to_be_visible()


WINDOW: Final = ""
USER: Final = [
    Picture("sign-in", shown=".sign-in .card"),
    Picture("second-factor", shown=".sign-in .card"),
    Picture("portal", shown=WINDOW),
    Picture("person-menu", "portal", "#person-menu", person_menu),
    Picture("arranging", "portal", WINDOW, arrange),
    Picture("gallery", "portal", "dialog[open]", choose_portlet),
    Picture("portal-pages", "portal", "dialog[open]", pages),
    Picture("arranging-phone", "portal", WINDOW, arrange, 390),
    Picture("boards"),
    Picture("write"),
    Picture("post"),
    Picture("organization"),
    Picture("security"),
    Picture("two-step", act=app_waits),
    Picture("sessions"),
    Picture("tokens"),
]
ADMIN: Final = [
    Picture("people"),
    Picture("new-person"),
    Picture("import-list"),
    Picture("departments"),
    Picture("role"),
    Picture("give"),
    Picture("group"),
    Picture("why", "why-told"),
    Picture("passwords"),
    Picture("second-factors"),
    Picture("new-oidc"),
    Picture("plugins"),
    Picture("layouts"),
    Picture("fasten", "layout", "dialog[open]", fasten),
    Picture("quotas"),
    Picture("addresses"),
    Picture("audit"),
    Picture("jobs"),
    Picture("schedules"),
    Picture("health"),
    Picture("data-keys"),
    Picture("operator-tenants"),
    Picture("operator-tenant"),
]
PICTURES: Final = [*USER, *ADMIN]


async def take(company: Company, picture: Picture, language: Language, folder: Path) -> Path:
    """Takes one picture."""
    look = Look(language, picture.width)
    async with company.tab(picture.of.who, look) as page:
        await open_screen(company, page, picture.of)
        if picture.act:
            await picture.act(page)
        await page.evaluate("document.activeElement?.blur()")
        await settled(page)
        box = None
        if picture.shown:
            box = await _around(page.locator(picture.shown).first)
        whole = {"x": 0.0, "y": 0.0, "width": look.width, "height": min(TALLEST, look.height)}
        file = folder / f"{picture.name}.webp"
        await keep(page, file, look.width, box or whole)
        return file


async def _around(shown: Locator) -> dict[str, float]:
    """The box of something with a little around it; of what is long, its beginning."""
    box = await shown.bounding_box()
    assert box is not None
    x, y = max(0, box["x"] - EDGE), max(0, box["y"] - EDGE)
    height = min(TALLEST, box["height"] + 2 * EDGE)
    return {"x": x, "y": y, "width": box["width"] + 2 * EDGE, "height": height}
