"""Checks of a plugin's declarations against the contract, before anything of it is used.

Each check yields sentences without a subject; the declaration's name is put before them.
"""

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_args

from maru.jobs.cron import cron_fault
from maru.plugins import handlers, storing
from maru.plugins.packaged import table_faults, template_faults
from maru.plugins.secret_settings import faults_of as settings_faults
from maru_sdk import Event, Model, Navigation, Part, Permission, Plugin, Role, Settings
from maru_sdk.declarations import (
    ActionDeclaration,
    Channel,
    Command,
    ExtensionPoint,
    FileKind,
    Filling,
    HealthCheck,
    Job,
    Kind,
    Listener,
    Metric,
    Missed,
    NotificationChannel,
    NotificationKind,
    PageDeclaration,
    Portlet,
    Priority,
    Route,
    Schedule,
    SearchSource,
    Statistic,
    key_of,
)

COLUMNS, ROWS = 12, 24
ROLES = ("member", "manager", "admin")

_KINDS: Mapping[str, tuple[type, ...]] = {
    "routes": (Route,),
    "pages": (PageDeclaration, ActionDeclaration),
    "portlets": (Portlet,),
    "jobs": (Job,),
    "schedules": (Schedule,),
    "permissions": (Permission,),
    "roles": (Role,),
    "navigation": (Navigation,),
    "listeners": (Listener,),
    "channels": (Channel,),
    "search": (SearchSource,),
    "files": (FileKind,),
    "notifications": (NotificationKind,),
    "notification_channels": (NotificationChannel,),
    "health": (HealthCheck,),
    "metrics": (Metric,),
    "statistics": (Statistic,),
    "commands": (Command,),
    "admin_pages": (PageDeclaration,),
    "publishes": (ExtensionPoint, type),
    "fills": (Filling,),
}
_ALONE = (str, *(kind for kinds in _KINDS.values() for kind in kinds))
_URL = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_PATH = re.compile(r"(/([A-Za-z0-9._~-]+|\{[a-z_][a-z0-9_]*(:path)?\}))*/?")
_PERMISSION = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*:[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Subject:
    """A plugin under examination: its key, where its names must stand, and its package's folder.

    `templates` is the folder of its templates; `needs` are the keys of the plugins it needs;
    `known` are the permissions of others that it may name.
    """

    key: str
    plugin: Plugin
    names: str
    folder: Path | None
    templates: Path | None
    needs: frozenset[str]
    known: frozenset[str] = frozenset()

    @property
    def permission_prefix(self) -> str:
        """What this plugin's permissions begin with."""
        return f"{self.names}:"


def faults_of(subject: Subject) -> list[str]:
    """Everything that is wrong with a plugin's declarations, as sentences."""
    wrong_kinds = list(_kinds(subject.plugin))
    if wrong_kinds:
        return wrong_kinds
    checks: Sequence[Callable[[Subject], Iterator[str]]] = (
        _face,
        _names,
        _access,
        _permissions,
        _functions,
        _portlets,
        _schedules,
        _publishes,
        _fills,
        _files,
    )
    return [fault for check in checks for fault in check(subject)]


def faults_of_data(subject: Subject) -> list[str]:
    """The same for a plugin whose code and files are elsewhere, where the rest was checked."""
    wrong_kinds = list(_kinds(subject.plugin))
    checks = (_title, _names, _access, _permissions, _portlets, _schedules, _fills)
    return wrong_kinds or [fault for check in checks for fault in check(subject)]


def _kinds(plugin: Plugin) -> Iterator[str]:
    parts: Sequence[object] = plugin.parts
    if any(not isinstance(part, Part) or isinstance(part, Plugin) for part in parts):
        yield "parts holds something that is not a Part."
        return
    for kind in fields(Part):
        if any(isinstance(getattr(part, kind.name), _ALONE) for part in (plugin, *plugin.parts)):
            yield f"{kind.name} is no list; write {kind.name}=[…]."
            return
        for one in plugin.declared(kind.name):
            if not isinstance(one, _KINDS[kind.name]):
                what = f"{kind.name} holds {_called(one)}"
                yield f"{what}, which is not a declaration of that kind{_why(one)}."
            elif (needs := getattr(one, "needs", None)) and not isinstance(needs, Permission):
                yield f"{_called(one)} needs {needs!r}; write Permission(…) there."


def _why(one: Any) -> str:
    """What somebody has likely meant by this."""
    home = next((kind for kind, types in _KINDS.items() if type(one) in types), None)
    if home is not None:
        return f"; list it in {home}"
    if not inspect.isfunction(one):
        return ""
    if one.__module__.startswith("maru_sdk"):
        return f"; write @{one.__qualname__.partition('.')[0]}(…) with its brackets"
    return "; put its decorator above it"


def _called(one: Any) -> str:
    return str(getattr(one, "name", None) or getattr(one, "__qualname__", None) or repr(one))[:80]


def _title(subject: Subject) -> Iterator[str]:
    plugin = subject.plugin
    if not plugin.title:
        yield "Its title is empty."
    if plugin.url is not None and not _URL.fullmatch(plugin.url):
        yield f"Its URL word {plugin.url!r} is not made of small letters, digits and single '-'."


def _face(subject: Subject) -> Iterator[str]:
    plugin = subject.plugin
    yield from _title(subject)
    if plugin.settings is not None:
        settings: object = plugin.settings
        if not (inspect.isclass(settings) and issubclass(settings, Settings)):
            yield "Its settings are not a class of maru_sdk.Settings."
        else:
            yield from settings_faults(settings)


def _defaults(name: str, model: type[Model]) -> Iterator[str]:
    for field, info in model.model_fields.items():
        if info.is_required():
            yield f"{name}: the field {field!r} has no default."


def _names(subject: Subject) -> Iterator[str]:
    """No name twice, none of another package, no path twice."""
    plugin = subject.plugin
    counted = {
        "portlets": [p.name for p in plugin.declared("portlets")],
        "jobs and schedules": [
            d.name for kind in ("jobs", "schedules") for d in plugin.declared(kind)
        ],
        "listeners": [f"{d.name} on {d.event.name}" for d in plugin.declared("listeners")],
        "channels": [d.name for d in plugin.declared("channels")],
        "search": [d.name for d in plugin.declared("search")],
        "files": [d.name for d in plugin.declared("files")],
        "notifications": [d.name for d in plugin.declared("notifications")],
        "notification_channels": [d.name for d in plugin.declared("notification_channels")],
        "commands": [d.name for d in plugin.declared("commands")],
        "health": [d.name for d in plugin.declared("health")],
        "metrics": [d.name for d in plugin.declared("metrics")],
        "statistics": [d.name for d in plugin.declared("statistics")],
        "permissions": [p.name for p in plugin.declared("permissions")],
        "publishes": [_called(p) for p in plugin.declared("publishes")],
        "fills": [f"{d.point.name} {d.offer or d.name}" for d in plugin.declared("fills")],
        "routes": [f"{r.method} {_plain(r.path)}" for r in plugin.declared("routes")],
        "pages": [f"{type(p).__name__[:-11]} {_plain(p.path)}" for p in plugin.declared("pages")],
        "admin_pages": [_plain(p.path) for p in plugin.declared("admin_pages")],
    }
    for kind, names in counted.items():
        for name, times in Counter(names).items():
            if times > 1:
                yield f"{kind} declares {name!r} {times} times."
    for kind, one in _with_function(plugin):
        if key_of(one.function.__module__) != subject.names:
            yield f"{kind} holds {one.name}, which stands in another package."


def _plain(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path.rstrip("/"))


def _with_function(plugin: Plugin) -> Iterator[tuple[str, Any]]:
    for kind in fields(Part):
        for one in plugin.declared(kind.name):
            if hasattr(one, "function"):
                yield kind.name, one


def _access(subject: Subject) -> Iterator[str]:
    plugin = subject.plugin
    for link in plugin.declared("navigation"):
        if not link.url.startswith("/"):
            yield f"The navigation {link.title!r} leads to {link.url!r}; a path begins with '/'."
    for one in [*plugin.declared("routes"), *plugin.declared("pages")]:
        ways = [one.needs is not None, one.signed_in, one.public]
        if not any(ways):
            yield (
                f"{one.name} says neither needs=, signed_in nor public=True;"
                " give it the one that says who may use it."
            )
        elif one.public and any(ways[:2]):
            yield f"{one.name} is public and says who may use it."
    for one in plugin.declared("routes"):
        yield from (f"{one.name} {fault}." for fault in _route(one))
    for one in [*plugin.declared("pages"), *plugin.declared("admin_pages")]:
        if not _PATH.fullmatch(one.path):
            yield f"{one.name} has a bad path: {one.path!r}; it begins with '/'."


def _route(route: Route) -> Iterator[str]:
    if route.method not in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        yield f"has an unknown method: {route.method!r}"
    if not _PATH.fullmatch(route.path):
        yield f"has a bad path: {route.path!r}; it looks like '/things/{{thing_id}}'"
    yield from storing.route_faults(route)


def _permissions(subject: Subject) -> Iterator[str]:
    plugin, prefix = subject.plugin, subject.permission_prefix
    own = {p.name for p in plugin.declared("permissions")}
    for name in sorted(own):
        if not name.startswith(prefix) or not _PERMISSION.fullmatch(name):
            yield f"The permission {name!r} is not named {prefix}<thing>:<verb>."
    for where, permission in _asked(plugin):
        if permission.name not in own | subject.known:
            yield (
                f"{where} needs {permission.name!r}, which is not in permissions;"
                " add it to Plugin(permissions=[…])."
            )
    for role in plugin.declared("roles"):
        if role.title and not role.name.startswith(f"{subject.names}."):
            yield f"The role {role.name!r} has a title and is not named {subject.names}.<word>."
        if not role.title and role.name not in ROLES:
            yield f"The role {role.name!r} is none of {', '.join(ROLES)}."
        for permission in role.permissions:
            if permission.name not in own:
                yield f"The role {role.name!r} has {permission.name!r}, which isn't in permissions."


_NEEDING = (
    *("routes", "pages", "admin_pages", "portlets", "navigation", "search", "notifications"),
)


def _asked(plugin: Plugin) -> Iterator[tuple[str, Permission]]:
    for kind in _NEEDING:
        for one in plugin.declared(kind):
            if one.needs is not None:
                yield _called(one) if hasattr(one, "name") else one.title, one.needs


_SHAPES: Mapping[str, Callable[[handlers.Shape, Any], Iterator[str]]] = {
    "routes": lambda shape, _: handlers.route_shape(shape),
    "pages": lambda shape, one: (
        handlers.action_shape(shape)
        if isinstance(one, ActionDeclaration)
        else handlers.page_shape(shape)
    ),
    "admin_pages": lambda shape, _: handlers.page_shape(shape),
    "portlets": lambda shape, one: handlers.portlet_shape(shape, one.config),
    "jobs": lambda shape, _: handlers.job_shape(shape),
    "schedules": lambda shape, _: handlers.alone_shape(shape),
    "listeners": lambda shape, one: handlers.listener_shape(shape, one.event),
    "channels": lambda shape, one: handlers.channel_shape(shape, one),
    "search": lambda shape, _: handlers.search_shape(shape),
    "files": lambda shape, _: handlers.file_shape(shape),
    "notifications": lambda shape, _: handlers.notification_shape(shape),
    "notification_channels": lambda shape, _: handlers.delivery_shape(shape),
    "health": lambda shape, _: handlers.alone_shape(shape),
    "metrics": lambda shape, _: handlers.alone_shape(shape),
    "statistics": lambda shape, _: handlers.statistic_shape(shape),
    "commands": lambda shape, _: handlers.ask_shape(shape),
    "publishes": lambda shape, _: handlers.point_shape(shape),
    "fills": lambda shape, one: _filling(shape, one),
}


def _filling(shape: handlers.Shape, filling: Filling[Any, Any]) -> Iterator[str]:
    point = handlers.shape_of(filling.point.function)
    if isinstance(point, handlers.Shape):
        yield from handlers.filling_shape(shape, point)


def _functions(subject: Subject) -> Iterator[str]:
    for kind, one in _with_function(subject.plugin):
        shape = handlers.shape_of(one.function)
        if isinstance(shape, str):
            yield f"{one.name} {shape}."
            continue
        yield from (f"{one.name} {fault}." for fault in _SHAPES[kind](shape, one))
        path = getattr(one, "path", "")
        for parameter in re.findall(r"\{([a-z_][a-z0-9_]*)", path):
            if parameter not in shape.given:
                yield f"{one.name} doesn't take {parameter!r} of its path."


def _portlets(subject: Subject) -> Iterator[str]:
    for portlet in subject.plugin.declared("portlets"):
        yield from (f"{portlet.name} {fault}." for fault in _portlet(portlet))
        if portlet.config is not None:
            yield from _defaults(f"{portlet.name}'s config", portlet.config)


def _portlet(portlet: Portlet) -> Iterator[str]:
    sizes = (portlet.size, portlet.min_size, portlet.max_size)
    if not all(_whole(s) and 1 <= s[0] <= COLUMNS and 1 <= s[1] <= ROWS for s in sizes):
        yield f"has a size outside {COLUMNS} columns and {ROWS} rows; write size=(4, 3)"
    elif portlet.min_size[0] > portlet.size[0] or portlet.min_size[1] > portlet.size[1]:
        yield "has a min_size larger than its size"
    elif portlet.max_size[0] < portlet.size[0] or portlet.max_size[1] < portlet.size[1]:
        yield "has a max_size smaller than its size"
    yield from storing.portlet_faults(portlet)
    if portlet.live is not None:
        yield from storing.duration_faults("live", portlet.live.within)


def _whole(size: Any) -> bool:
    return isinstance(size, tuple) and len(size) == 2 and all(type(n) is int for n in size)


def _schedules(subject: Subject) -> Iterator[str]:
    for schedule in subject.plugin.declared("schedules"):
        if fault := cron_fault(schedule.cron):
            yield (
                f"{schedule.name} has a bad cron expression: {str(schedule.cron)[:80]!r}; {fault}"
                " ('0 7 * * 1-5' is weekdays at seven)."
            )
        if schedule.missed not in get_args(Missed):
            yield f"{schedule.name} has an unknown missed: {schedule.missed!r}."
    for job in subject.plugin.declared("jobs"):
        if job.priority not in get_args(Priority):
            yield f"{job.name} has an unknown priority: {job.priority!r}."
        if job.tries < 1:
            yield f"{job.name} has fewer than one try."


def _publishes(subject: Subject) -> Iterator[str]:
    for one in subject.plugin.declared("publishes"):
        if isinstance(one, ExtensionPoint):
            if one.kind not in get_args(Kind):
                yield f"{one.name} is a point of an unknown kind: {one.kind!r}."
        elif not (inspect.isclass(one) and issubclass(one, Event)):
            yield f"publishes holds {_called(one)}, which is neither an event nor a point."
        elif key_of(one.__module__) != subject.names:
            yield f"publishes holds the event {one.name}, which stands in another package."


def _fills(subject: Subject) -> Iterator[str]:
    reachable = {subject.names, "core", "sdk", *subject.needs}
    for filling in subject.plugin.declared("fills"):
        key = key_of(filling.point.function.__module__)
        if key not in reachable:
            yield f"{filling.name} fills a point of {key!r}, which it doesn't need; use a bridge."
        if (filling.point.kind == "choose") != (filling.offer is not None):
            yield f"{filling.name} must name its offer exactly where the point is a choose point."


def _files(subject: Subject) -> Iterator[str]:
    yield from template_faults(subject.plugin, subject.templates)
    if subject.names == subject.key:  # core's tables are core's, and a bridge has none
        yield from table_faults(subject.plugin, f"maru_{subject.names}", subject.folder)
