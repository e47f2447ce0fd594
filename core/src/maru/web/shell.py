"""What stands around every page: the `shell` that core's page templates are given."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Theme = Literal["system", "light", "dark"]
THEMES: Final[tuple[Theme, ...]] = ("system", "light", "dark")
THEME_COOKIE: Final = "maru-theme"
LOCALE_COOKIE: Final = "maru-locale"
SIDE_COOKIE: Final = "maru-side"
FOLDED: Final = "folded"


def theme_of(cookie: str | None) -> Theme:
    """The theme a browser chose, from its cookie; what is unknown follows the system."""
    return next((theme for theme in THEMES if theme == cookie), "system")


@dataclass(frozen=True, slots=True)
class ShellTenant:
    """The tenant as the top bar names it."""

    name: str
    slug: str


@dataclass(frozen=True, slots=True)
class ShellUser:
    """The person as the top bar shows them."""

    name: str
    username: str
    photo_url: str | None = None
    department: str | None = None
    position: str | None = None


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """One line of the side navigation; its words are already in the reader's language."""

    title: str
    url: str
    icon: str = "puzzle"
    active: bool = False
    group: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message for the next page: after a form that works without script."""

    text: str
    tone: Literal["good", "warn", "bad", ""] = ""


@dataclass(frozen=True, slots=True)
class Doors:
    """Where an area of pages begins, where people come in and go out, and what it is called where
    no tenant's name stands."""

    home: str = "/"
    sign_in: str = "/login"
    sign_out: str = "/logout"
    title: str = ""


@dataclass(frozen=True, slots=True)
class PageShell:
    """Everything around a page's own content.

    `title` is the page's own (the product's name is added), `csrf` the token of this session,
    `zone` the person's time zone; `search_url`, `notifications_url` and `help_url`, that of this
    page, are empty where there is none. `trace` is an id that support can look up, shown on error
    pages. `folded` is the side navigation that a person has folded to its icons.
    """

    title: str
    locale: str = "ko"
    theme: Theme = "system"
    csrf: str = ""
    tenant: ShellTenant | None = None
    user: ShellUser | None = None
    navigation: Sequence[NavigationItem] = ()
    instance: str = "main"
    demo: bool = False
    path: str = "/"
    zone: str = "Asia/Seoul"
    search_url: str = ""
    notifications_url: str = ""
    notices: Sequence[Notice] = ()
    trace: str = ""
    doors: Doors = Doors()
    help_url: str = ""
    folded: bool = False


@dataclass(frozen=True, slots=True)
class TenantChoice:
    """A line of the demo's chooser."""

    name: str
    url: str
    detail: str = ""
    facts: Sequence[str] = field(default_factory=tuple)
