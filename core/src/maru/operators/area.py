"""The operators' area: an edge of its own with its own surfaces, guard and pages, so that nothing
in it can be reached by a tenant's people, whatever their roles hold."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from uuid import UUID

import orjson

from maru.api.description import described
from maru.api.edge import Edge
from maru.api.edge import Parts as EdgeParts
from maru.api.exchange import Receive, Send
from maru.api.exchange import Scope as Asgi
from maru.api.guard import Guard
from maru.api.hosts import Hosts
from maru.api.surfaces import Surfaces
from maru.api.work import Begin, KeptAnswers
from maru.identity.csrf import Csrf
from maru.operators.archives import Archives
from maru.operators.downloads import download_pages, download_routes
from maru.operators.errand import Errand
from maru.operators.factors.entrance import Entrance
from maru.operators.factors.factors import OperatorFactors
from maru.operators.guard import InstallationHosts, OperatorGuard
from maru.operators.pages import NAVIGATION, operator_pages
from maru.operators.parts import Parts
from maru.operators.routes import operator_routes
from maru.operators.sessions import OperatorSessions
from maru.web.flash import Flash
from maru.web.frame import Frame
from maru.web.pages import Pages, Render
from maru.web.shell import Doors
from maru_sdk import Plugin

KEY: Final = "operator"
HOME: Final = "/operator/tenants"
DOORS: Final = Doors(home=HOME, sign_in="/operator", sign_out="/operator/logout", title="Operation")
_DESCRIPTION: Final = f"/{KEY}/openapi.json"
_PLACES: Final = (f"/{KEY}", f"/api/v1/{KEY}")


@dataclass(frozen=True, slots=True)
class _Own:
    """Whose the surfaces of this area are."""

    plugin: Plugin
    key: str = KEY
    url: str = KEY
    core: bool = True


class _Always:
    """What is on here: everything that there is."""

    def on(self, tenant_id: UUID, key: str) -> bool:
        return True


class OperatorArea:
    """Takes the requests for `/operator` and `/api/v1/operator`."""

    def __init__(self, edge: Edge, surfaces: Surfaces) -> None:
        self._edge, self.surfaces = edge, surfaces

    def takes(self, scope: Asgi) -> bool:
        """Whether this request is the area's."""
        path: str = scope["path"]
        if scope["type"] != "http" or not path.startswith(_PLACES):
            return False
        return any(path == place or path.startswith(f"{place}/") for place in _PLACES)

    async def __call__(self, scope: Asgi, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["path"] == _DESCRIPTION:
            there = f"/api/v1{_DESCRIPTION}"
            scope = {**scope, "path": there, "raw_path": there.encode()}
        await self._edge(scope, receive, send)


def operator_area(
    house: Parts,
    parts: EdgeParts,
    hosts: Hosts,
    begin: Callable[[Guard], Begin],
    render: Render,
    *,
    version: str,
) -> OperatorArea:
    """The area in an open house, beside an edge of these parts."""
    sessions = OperatorSessions(house.database, house.sessions.passwords)
    guard = _guard(house, sessions)
    surfaces = Surfaces()
    own = _Own(
        _operation(house, _entrance(house, sessions), partial(_described, surfaces, version))
    )
    surfaces.mount(own)()
    beginning = begin(guard)
    own_parts = replace(
        parts,
        surfaces=surfaces,
        hosts=InstallationHosts(hosts),
        gate=_Always(),
        guard=guard,
        begin=beginning,
        kept=KeptAnswers(house.cache, beginning),
        pages=_pages(house, parts, own, guard, beginning, surfaces, render),
        plain={},
        mounts={},
        relay=None,
        operators=None,
        admins_from=None,
    )
    return OperatorArea(Edge(own_parts), surfaces)


def _guard(house: Parts, sessions: OperatorSessions) -> OperatorGuard:
    instance = f"{house.settings.instance}-{KEY}"
    guard = OperatorGuard(house.sessions, house.people, house.rights, Csrf(house.keys), instance)
    guard.attend(sessions)
    return guard


def _operation(house: Parts, entrance: Entrance, describe: Callable[[], bytes]) -> Plugin:
    """What there is in the area."""
    errand = Errand(house.keys, house.sessions.passwords)
    archives = Archives(house.database, house.keys, house.services.audit, house.settings.data)
    return Plugin(
        title="Operation",
        icon="server-cog",
        routes=[*operator_routes(entrance, errand, describe), *download_routes(archives)],
        pages=[*operator_pages(entrance, errand), *download_pages(archives)],
    )


def _pages(
    house: Parts,
    parts: EdgeParts,
    own: _Own,
    guard: OperatorGuard,
    beginning: Begin,
    surfaces: Surfaces,
    render: Render,
) -> Pages:
    """How its pages are answered: in a frame of their own, with what leads through the area."""
    settings = house.settings
    frame = Frame(
        guard,
        _Always(),
        Flash(house.keys),
        parts.translate,
        [(own, entry) for entry in NAVIGATION],
        instance=settings.instance,
        demo=settings.demo,
        doors=DOORS,
    )
    return Pages(
        render,
        frame,
        guard,
        beginning,
        surfaces.targets,
        tenants=house.tenants.all,
        base_domain=settings.base_domain,
        demo=settings.demo,
        mark=house.services.renderer.mark,
        sign_in=DOORS.sign_in,
    )


def _entrance(house: Parts, sessions: OperatorSessions) -> Entrance:
    keys, asked = house.keys, house.settings.operator_second_factor
    factors = OperatorFactors(house.database, keys, house.services.vault, asked=asked)
    return Entrance(house.database, keys, sessions, factors)


def _described(surfaces: Surfaces, version: str) -> bytes:
    return orjson.dumps(described(surfaces.targets, "Maru: operation", version))
