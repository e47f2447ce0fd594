"""What core's page templates are given: every page a `shell`, the portal its portlets too."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

Theme = Literal["system", "light", "dark"]
PortletState = Literal["ok", "late", "failed", "stale"]
THEMES: Final[tuple[Theme, ...]] = ("system", "light", "dark")
THEME_COOKIE: Final = "maru-theme"
LOCALE_COOKIE: Final = "maru-locale"

# Everything comes from our own origin; positions are set through element.style, which this allows.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


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
    """One line of the side navigation; the title is already in the reader's language."""

    title: str
    url: str
    icon: str = "puzzle"
    active: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """A message for the next page: after a form that works without script."""

    text: str
    tone: Literal["good", "warn", "bad", ""] = ""


@dataclass(frozen=True, slots=True)
class PageShell:
    """Everything around a page's own content.

    `title` is the page's own (the product's name is added), `csrf` the token of this session,
    `zone` the person's time zone, `search_url` and `notifications_url` empty where there is none,
    `trace` an id that support can look up, shown on error pages.
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


@dataclass(frozen=True, slots=True)
class PortletFrame:
    """One frame of the portal. `html` is the finished fragment; `url` is where the body is fetched.

    `link` is where the title leads. A late frame asks `url` by itself; a failed one offers a retry.
    """

    id: str
    type: str
    title: str
    icon: str = "puzzle"
    x: int = 0
    y: int = 0
    w: int = 3
    h: int = 2
    state: PortletState = "ok"
    html: str = ""
    reason: str = ""
    age_seconds: int = 0
    url: str = ""
    link: str = ""
    is_locked: bool = False
    min_w: int = 2
    min_h: int = 1


@dataclass(frozen=True, slots=True)
class GalleryEntry:
    """A portlet type that this person may add."""

    portlet_type: str
    title: str
    icon: str = "puzzle"
    w: int = 3
    h: int = 2


@dataclass(frozen=True, slots=True)
class PluginRow:
    """A line of the administrator's list of plugins."""

    key: str
    name: str
    version: str
    state: Literal["enabled", "disabled", "set_aside"]
    reason: str = ""
    needs: Sequence[str] = ()
    needed_by: Sequence[str] = ()
    summary: str = ""
    icon: str = "puzzle"


@dataclass(frozen=True, slots=True)
class TenantChoice:
    """A line of the demo's chooser."""

    name: str
    url: str
    detail: str = ""
    facts: Sequence[str] = field(default_factory=tuple)
