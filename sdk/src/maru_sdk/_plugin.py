"""A plugin's face: one object that says everything it adds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from maru_sdk._declarations import describe
from maru_sdk._events import Event, Listener
from maru_sdk._jobs import Job, Schedule
from maru_sdk._live import Channel
from maru_sdk._model import Settings
from maru_sdk._pages import ActionDeclaration, PageDeclaration
from maru_sdk._permissions import Permission, Role
from maru_sdk._points import AnyFilling, AnyPoint
from maru_sdk._portlets import Portlet
from maru_sdk._routes import Route
from maru_sdk.files import FileKind
from maru_sdk.notifications import NotificationChannel, NotificationKind
from maru_sdk.operation import Command, HealthCheck, Metric, Statistic
from maru_sdk.search import SearchSource


@dataclass(frozen=True, eq=False)
class Navigation:
    """A link in the side navigation: `Navigation("Boards", "/board", icon="message-square",
    needs=READ)`.

    Shown where the plugin is on and the person holds `needs`. `order` sorts, smaller first; links
    that follow each other with the same `group` stand under it as their heading.
    """

    title: str
    url: str
    icon: str = "square"
    needs: Permission | None = None
    order: int = 100
    group: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class Part:
    """A part of a plugin that has grown, or a bridge between two plugins: the same declarations,
    no face.

    A plugin lists its parts in `Plugin(parts=[...])`. A bridge is a Part named by an entry point
    of the group `maru.bridges` (`hr.approval`): imported only where both plugins are installed,
    active where both are on.
    """

    routes: Sequence[Route] = ()
    pages: Sequence[PageDeclaration | ActionDeclaration] = ()
    portlets: Sequence[Portlet] = ()
    jobs: Sequence[Job] = ()
    schedules: Sequence[Schedule] = ()
    permissions: Sequence[Permission] = ()
    roles: Sequence[Role] = ()
    navigation: Sequence[Navigation] = ()
    listeners: Sequence[Listener] = ()
    channels: Sequence[Channel] = ()
    search: Sequence[SearchSource] = ()
    files: Sequence[FileKind] = ()
    notifications: Sequence[NotificationKind] = ()
    notification_channels: Sequence[NotificationChannel] = ()
    health: Sequence[HealthCheck] = ()
    metrics: Sequence[Metric] = ()
    statistics: Sequence[Statistic] = ()
    commands: Sequence[Command] = ()
    admin_pages: Sequence[PageDeclaration] = ()
    publishes: Sequence[type[Event] | AnyPoint] = ()
    fills: Sequence[AnyFilling] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Plugin(Part):
    """Everything that a plugin adds to Maru; its entry point in the group `maru.plugins` names
    this object.

    Only `title` is needed. Name, version, licence and needs are the distribution's own metadata;
    the key is the entry point's name. Declarations do no work: reading a plugin's `Plugin(...)` is
    reading its table of contents. `migrations` is the folder of its Alembic versions inside the
    package; `url` replaces the key in addresses.
    """

    title: str
    icon: str = "puzzle"
    url: str | None = None
    migrations: str | None = None
    settings: type[Settings] | None = None
    parts: Sequence[Part] = field(default=())

    def declared(self, kind: str) -> Iterator[Any]:
        """All declarations of one kind (`"routes"`), the plugin's own first, then those of its
        parts; search sources bring their listeners along."""
        yield from getattr(self, kind)
        for part in self.parts:
            yield from getattr(part, kind)
        if kind == "listeners":
            for source in self.declared("search"):
                yield from source.listeners

    def describe(self) -> dict[str, Any]:
        """The plugin as JSON-ready data, callables as `module:name`; parts are folded in."""
        own = {
            name: describe(getattr(self, name))
            for name in ("title", "icon", "url", "migrations", "settings")
        }
        return own | {
            f.name: [describe(item) for item in self.declared(f.name)] for f in fields(Part)
        }
