"""The shell around a page: tenant, person, navigation and messages of one request."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol
from urllib.parse import urlsplit
from uuid import UUID

from maru.access.granted import Granted
from maru.api.edge import Gate
from maru.api.exchange import Exchange
from maru.api.guard import Guard
from maru.api.surfaces import CORE_DOMAIN, Whose, domain_of
from maru.identity.csrf import new_visitor
from maru.identity.places import HOME, local
from maru.web.flash import Flash
from maru.web.languages import in_words
from maru.web.shell import (
    FOLDED,
    LOCALE_COOKIE,
    SIDE_COOKIE,
    THEME_COOKIE,
    Doors,
    NavigationItem,
    Notice,
    PageShell,
    ShellTenant,
    ShellUser,
    Theme,
    theme_of,
)
from maru_sdk import Navigation, Permission

_PORTAL: Final = Doors()
SEARCH: Final = "/search"
NOTIFICATIONS: Final = "/notifications"


class Translate(Protocol):
    """Gives a text of a catalogue in a language."""

    def __call__(self, domain: str, locale: str, text: str, /, **args: Any) -> str: ...


class Likes(Protocol):
    """How a person likes the pages (`maru.identity.people_queries.PersonRow`)."""

    @property
    def theme(self) -> str | None: ...
    @property
    def start_page(self) -> str | None: ...


class Frame:
    """Makes shells."""

    def __init__(
        self,
        guard: Guard,
        gate: Gate,
        flash: Flash,
        translate: Translate,
        navigation: Iterable[tuple[Whose, Navigation]],
        *,
        instance: str,
        demo: bool,
        doors: Doors = _PORTAL,
        help_url: Callable[[str], str] = lambda label: "",
        known: Callable[[UUID, UUID], Likes | None] = lambda tenant, person: None,
    ) -> None:
        """`help_url` gives the help for the pages at an address such as `/board/{board_id}`,
        `known` what this process knows of a tenant's person."""
        self._guard, self._gate, self._flash, self._translate = guard, gate, flash, translate
        self._navigation = sorted(navigation, key=lambda entry: entry[1].order)
        self._instance, self._demo, self._doors = instance, demo, doors
        self._help_url, self._known = help_url, known

    def words(self, exchange: Exchange, text: str, /, **args: Any) -> str:
        """A text in the reader's language, from the catalogue of what they ask, else from core's;
        one that was translated already stays as it is."""
        own = CORE_DOMAIN if exchange.target is None else exchange.target.domain
        return in_words(self._translate, own, exchange.locale, text, args)

    def shell(self, exchange: Exchange, title: str = "") -> PageShell:
        """The shell of this request's page; what it says once is taken from the browser."""
        tenant, user, target = exchange.tenant, exchange.user, exchange.target
        whose = user or tenant
        if title and target is not None:
            title = self._translate(target.domain, exchange.locale, title)
        return PageShell(
            title=title,
            locale=exchange.locale,
            theme=self._theme(exchange),
            csrf=self.token(exchange),
            tenant=None if tenant is None else ShellTenant(tenant.name, tenant.slug),
            user=None if user is None else ShellUser(user.name, user.username),
            navigation=self._links(exchange),
            instance=self._instance,
            demo=self._demo,
            path=_way_back(exchange),
            zone="Asia/Seoul" if whose is None else whose.timezone,
            notices=self._notices(exchange),
            trace=exchange.trace,
            doors=self._doors,
            search_url=self._own(exchange, SEARCH),
            notifications_url=self._own(exchange, NOTIFICATIONS),
            help_url="" if target is None else self._help_url(target.label),
            folded=exchange.cookies.get(SIDE_COOKIE) == FOLDED,
        )

    def speak(self, exchange: Exchange) -> None:
        """Lets a browser's own choice of language go before all others."""
        chosen = exchange.cookies.get(LOCALE_COOKIE)
        if chosen in ("ko", "en"):
            exchange.locale = chosen

    def say(self, exchange: Exchange, message: str) -> None:
        """Has the next page say this."""
        names = self._guard.names(exchange)
        value = self._flash.write(f"{names.session}-flash", message, "good", secure=names.secure)
        exchange.headers_out.append((b"set-cookie", value.encode()))

    def token(self, exchange: Exchange) -> str:
        """The token that this browser's forms carry."""
        if exchange.tenant is None:
            return ""
        if exchange.caller is None and self._guard.visitor(exchange) is None:
            names, visitor = self._guard.names(exchange), new_visitor()
            exchange.cookies[names.visitor] = visitor
            exchange.headers_out.append((b"set-cookie", names.set_visitor(visitor).encode()))
        return self._guard.token_for(exchange)

    def begins_elsewhere(self, exchange: Exchange) -> bool:
        """Whether somebody has opened the site's first page by its address and likes another one
        better. A link to it means the portal."""
        typed = exchange.heads.get(b"sec-fetch-site") == b"none"
        if not typed or exchange.here != HOME:
            return False
        likes = self._likes(exchange)
        return likes is not None and likes.start_page not in (None, HOME)

    def _theme(self, exchange: Exchange) -> Theme:
        """What the person chose, on whatever device, else what this browser was told."""
        likes = self._likes(exchange)
        cookie = exchange.cookies.get(THEME_COOKIE)
        return theme_of(cookie if likes is None or likes.theme is None else likes.theme)

    def _likes(self, exchange: Exchange) -> Likes | None:
        tenant, user = exchange.tenant, exchange.user
        return None if tenant is None or user is None else self._known(tenant.id, user.id)

    def _own(self, exchange: Exchange, url: str) -> str:
        """The address of what is a tenant's, for who is signed in."""
        return url if exchange.user is not None and self._doors is _PORTAL else ""

    def _links(self, exchange: Exchange) -> list[NavigationItem]:
        tenant, granted = exchange.tenant, exchange.granted
        if tenant is None or granted is None or exchange.user is None:
            return []
        return [
            self._link(exchange, whose, entry)
            for whose, entry in self._navigation
            if self._gate.on(tenant.id, whose.key)
            and (entry.needs is None or lets_in(granted, entry.needs))
        ]

    def _link(self, exchange: Exchange, whose: Whose, entry: Navigation) -> NavigationItem:
        title, group = (
            self._translate(domain_of(whose), exchange.locale, text) if text else ""
            for text in (entry.title, entry.group)
        )
        path, url = exchange.path, entry.url
        active = path == url or (url != "/" and path.startswith(f"{url}/"))
        return NavigationItem(title, url, entry.icon, active, group)

    def _notices(self, exchange: Exchange) -> list[Notice]:
        names = self._guard.names(exchange)
        name = f"{names.session}-flash"
        value = exchange.cookies.get(name)
        if not value:
            return []
        clear = self._flash.clear(name, secure=names.secure)
        exchange.headers_out.append((b"set-cookie", clear.encode()))
        notice = self._flash.read(value)
        return [] if notice is None else [notice]


def lets_in(granted: Granted, needs: Permission) -> bool:
    """Whether somebody may open what needs this, be it to see what is theirs alone."""
    return granted.somewhere(needs.name) if needs.scoped else granted.can(needs)


def _way_back(exchange: Exchange) -> str:
    """Where this page can be asked for again: of a form shown once more, where it was filled in."""
    if exchange.safe:
        return exchange.here
    try:
        came = urlsplit(exchange.heads.get(b"referer", b"").decode("latin-1"))
    except ValueError:
        return HOME
    if came.netloc != exchange.heads.get(b"host", b"").decode("latin-1"):
        return HOME
    return local(f"{came.path}?{came.query}" if came.query else came.path)


def variables(model: Any) -> Mapping[str, Any]:
    """The fields of a page's model, as the template's variables."""
    if model is None:
        return {}
    return {name: getattr(model, name) for name in type(model).model_fields}
