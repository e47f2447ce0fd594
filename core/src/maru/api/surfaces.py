"""Everything that can be called, found by a dictionary on the first word of its address."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final, Literal, Protocol
from uuid import UUID

from fastapi.exceptions import FastAPIError
from pydantic.errors import PydanticUserError

from maru.api.endpoint import Endpoint
from maru.api.foreign import ForeignEndpoint
from maru.api.trie import Trie, shape
from maru.plugins.faults import PluginFault
from maru.plugins.isolated.stubs import elsewhere_of
from maru_sdk import Plugin
from maru_sdk.declarations import (
    ActionDeclaration,
    Audience,
    PageDeclaration,
    Route,
    duration,
    filled,
)

API: Final = "/api/v1/"
HOME: Final = "portal"
CORE_DOMAIN: Final = "maru"
COOKIELESS: Final = frozenset(
    f"/api/v1/auth/{name}"
    for name in ("login", "refresh", "logout", "forgot-password", "reset-password")
)
SECRET_ANSWERS: Final = frozenset({"/api/v1/auth/tokens"})
STEPS: Final = "/api/v1/auth/login/"
Kind = Literal["route", "page", "action"]
_METHODS: Final = {"page": "GET", "action": "POST"}
_BAD: Final = (
    AssertionError,
    FastAPIError,
    NameError,
    PydanticUserError,
    TypeError,
    ValueError,
)


class Whose(Protocol):
    """The plugin or bridge that declares something (`maru.plugins.registry.Installed`)."""

    @property
    def key(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def plugin(self) -> Plugin: ...
    @property
    def core(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class CachePlan:
    """For how long and for whom a route's answer may be kept."""

    ttl: timedelta
    audience: Audience
    tags: tuple[str, ...]
    types: Mapping[str, Any]

    @property
    def shared(self) -> bool:
        """Whether all of the tenant get the same answer."""
        return self.audience == "tenant"

    def tags_for(self, params: Mapping[str, str]) -> tuple[str, ...]:
        """The tags of one answer, filled from the path: `/boards/0A…` is tagged as `/boards/0a…`,
        which is how the handler's UUID would be written."""
        if not self.tags:
            return ()
        return filled(self.tags, {name: self._value(name, raw) for name, raw in params.items()})

    def _value(self, name: str, raw: str) -> object:
        kind = self.types.get(name)
        try:
            return kind(raw) if kind in (UUID, int) else raw
        except ValueError:
            return raw  # the handler's parameters will refuse it


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One thing that can be called: whose it is, who may, and what does the work."""

    kind: Kind
    key: str
    domain: str
    name: str
    label: str
    declaration: Any
    endpoint: Endpoint | ForeignEndpoint
    needs: str | None = None
    public: bool = False
    body_limit: int | None = None
    cache: CachePlan | None = None
    cookieless: bool = False
    limit: str | None = None

    @property
    def scoped(self) -> bool:
        """Whether who holds its permission for some things alone is let in, to be asked there."""
        needs = self.declaration.needs
        return needs is not None and needs.scoped

    @property
    def streams(self) -> bool:
        """Whether it takes the body as it arrives, for as long as that lasts."""
        return isinstance(self.endpoint, Endpoint) and self.endpoint.asked.incoming is not None

    @property
    def method(self) -> str:
        """The HTTP method that it answers to."""
        return str(self.declaration.method) if self.kind == "route" else _METHODS[self.kind]


def domain_of(whose: Whose) -> str:
    """The catalogue of a plugin's words; core's own plugins share core's."""
    return CORE_DOMAIN if whose.core else whose.key.partition(".")[0]


class Unmountable(PluginFault):
    """A declaration that can't be served, and why."""


class Surfaces:
    """The routes, pages and actions of all plugins, each word with a trie of its own."""

    def __init__(self) -> None:
        self.api: dict[str, Trie[Target]] = {}
        self.pages: dict[str, Trie[Target]] = {}
        self.targets: list[Target] = []
        self._taken: dict[tuple[str, ...], Target] = {}

    def mount(self, whose: Whose) -> Callable[[], None]:
        """What adds everything that one plugin or bridge declares, once the rest of it has passed
        too; raises Unmountable where a declaration can't be served."""
        found = [_placed(*each) for each in _declared(whose)]
        taken = dict(self._taken)
        for place in found:
            other = taken.setdefault(place.address, place.target)
            if other is not place.target:
                raise Unmountable(
                    f"{place.target.name} can't be served: {place.target.method}"
                    f" {place.target.label} is {other.name}'s already."
                )
        return partial(self._add, found)

    def _add(self, found: list["_Place"]) -> None:
        for place in found:
            tries = self.api if place.area == "api" else self.pages
            trie = tries.setdefault(place.word, Trie())
            trie.add(place.target.method, place.path, place.target)
            if trie is self.pages.get(HOME):
                self.pages[""] = trie
            self._taken[place.address] = place.target
            self.targets.append(place.target)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a target stands."""

    area: str
    word: str
    path: str
    target: Target

    @property
    def address(self) -> tuple[str, ...]:
        """What no two targets may share."""
        return self.area, self.word, self.target.method, shape(self.path)


def _placed(area: str, word: str, path: str, target: Target) -> _Place:
    if path.count("{") != path.count("}"):
        raise Unmountable(f"{target.name} can't be served: {path} is not a path.")
    return _Place(area, word, path, target)


def _declared(whose: Whose) -> Iterator[tuple[str, str, str, "Target"]]:
    for route in whose.plugin.declared("routes"):
        yield "api", whose.url, _bare(route.path), route_target(whose, route)
    for page in whose.plugin.declared("pages"):
        yield "page", whose.url, _bare(page.path), page_target(whose, page)
    for page in whose.plugin.declared("admin_pages"):
        path = f"/{whose.url}{_bare(page.path)}"
        yield "page", "admin", path, page_target(whose, page)


def _bare(path: str) -> str:
    return "" if path == "/" else path


def route_target(whose: Whose, route: Route) -> Target:
    """A route, ready to be called."""
    label = f"{API}{whose.url}{_bare(route.path)}"
    described = getattr(whose, "described", None)
    shown = None if described is None else described.openapi
    endpoint = _endpoint(
        route, label, route.method, status=route.status, tag=whose.key, shown=shown
    )
    plan = None
    if route.cache is not None and route.method == "GET" and isinstance(endpoint, Endpoint):
        types = {one.name: one.annotation for one in endpoint.asked.signature.parameters.values()}
        plan = CachePlan(duration(route.cache), route.audience, route.tags, types)
    return Target(
        "route",
        whose.key,
        domain_of(whose),
        route.name,
        label,
        route,
        endpoint,
        None if route.needs is None else route.needs.name,
        route.public,
        route.body_limit,
        plan,
        label in COOKIELESS or label.startswith(STEPS),
        route.limit,
    )


def page_target(whose: Whose, declared: PageDeclaration | ActionDeclaration) -> Target:
    """A page or the target of a form, ready to be called."""
    admin = isinstance(declared, PageDeclaration) and declared.admin
    label = f"{'/admin' if admin else ''}/{whose.url}{_bare(declared.path)}"
    kind: Kind = "action" if isinstance(declared, ActionDeclaration) else "page"
    endpoint = _endpoint(declared, label, _METHODS[kind], tag=whose.key, action=kind == "action")
    needs = None if declared.needs is None else declared.needs.name
    return Target(
        kind,
        whose.key,
        domain_of(whose),
        declared.name,
        label,
        declared,
        endpoint,
        needs,
        declared.public,
        declared.body_limit if isinstance(declared, ActionDeclaration) else None,
        limit=declared.limit,
    )


def _endpoint(
    declared: Route | PageDeclaration | ActionDeclaration,
    path: str,
    method: str,
    *,
    status: int = 200,
    tag: str,
    action: bool = False,
    shown: Mapping[str, Any] | None = None,
) -> Endpoint | ForeignEndpoint:
    function = declared.function
    if inspect.isasyncgenfunction(function) or not inspect.iscoroutinefunction(function):
        raise Unmountable(f"{declared.name} is not an async function")
    schema = isinstance(declared, Route)
    needs = declared.needs
    if (elsewhere := elsewhere_of(function)) is not None:
        return ForeignEndpoint(elsewhere, path, method, status, shown or {})
    try:
        return Endpoint(
            function,
            path,
            method,
            status=status,
            tag=tag,
            action=action,
            schema=schema,
            asks=needs.name if needs is not None and needs.scoped else None,
        )
    except _BAD as error:
        told = " ".join(str(error).split())
        raise Unmountable(f"{declared.name} can't be served: {told}") from error
