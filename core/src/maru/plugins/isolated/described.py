"""What a plugin declares as data: written down where its code may be imported, read where not.

Declarations are the SDK's own classes, so whatever they come to hold travels too. Functions stay
where they are; types stay as their schemas; what is read is checked like anything from outside.
"""

import importlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final, Literal, get_type_hints

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    create_model,
)

from maru.plugins.faults import PluginFault
from maru.plugins.handlers import Shape, shape_of
from maru_sdk import Event, Model, Part, Plugin, Settings
from maru_sdk.declarations import ExtensionPoint, FileKind, Filling, PageDeclaration
from maru_sdk.documents import text_extractor
from maru_sdk.lifecycle import demo_seeded, switched_off, switched_on
from maru_sdk.live import Channel
from maru_sdk.notifications import NotificationKind
from maru_sdk.scanning import file_scanner

FORMAT: Final = 4
KINDS: Final = tuple(part.name for part in fields(Part))
UNSERVED: Final = frozenset({"publishes", "search", "notification_channels"})
"""What isn't offered of an isolated plugin: its points and events, which nobody else can import,
what it would put into the index, and channels, which hear what others tell."""

_WRITTEN_AT: Final = frozenset({demo_seeded.name, switched_off.name, switched_on.name})

_OF_CONTENT: Final = frozenset({file_scanner.name, text_extractor.name})
"""Points at which files are read, of which an isolated process sees none."""

_READ_HERE: Final = frozenset({"channels", "commands"})
"""Kinds whose functions' parameters are read here: options of a command, names of rooms."""

_NOT_TOLD: Final = frozenset({"function", "name", "on_message", "offers"})
_FACE: Final = ("title", "icon", "url", "settings")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,100}")
_COLUMN: Final = r"^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$"
_FIELD: Final = re.compile(r"\{[a-z_][a-z0-9_]*\}")
_MOST_FIELDS: Final = 10
_NOT_READ: Final = frozenset({"function", "on_message", "fields"})
_EVENT: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")

Stub = Callable[..., Any]
"""Makes the function that stands for one elsewhere, of a kind, a name and what it takes (its
parameters after `ctx`); `part` where it isn't the declaration's own function."""


class Described(Model):
    """The whole of it. `openapi` are the paths and schemas of its routes, `sealed` its encrypted
    columns as `table.column`."""

    format: int = FORMAT
    face: dict[str, Any]
    declared: dict[str, list[dict[str, Any]]]
    openapi: dict[str, Any] = Field(default_factory=dict)
    migrations: str | None = None
    sealed: list[Annotated[str, Field(pattern=_COLUMN)]] = Field(default_factory=list)


class Anything(Model):
    """A model whose fields are known elsewhere."""

    model_config = ConfigDict(extra="allow")


def describe(plugin: Plugin) -> Described:
    """The plugin as data; PluginFault for what can't be told so."""
    kinds = [kind for kind in KINDS if kind not in UNSERVED]
    return Described(
        face={name: _said(getattr(plugin, name)) for name in _FACE},
        declared={kind: [_one(kind, d) for d in _served(plugin, kind)] for kind in kinds},
        migrations=plugin.migrations,
    )


def _served(plugin: Plugin, kind: str) -> Iterator[Any]:
    indexing = {one for source in plugin.declared("search") for one in source.listeners}
    for one in plugin.declared(kind):
        if one in indexing:
            continue
        if isinstance(one, FileKind):
            raise PluginFault(
                f"{one.name} is a kind of files, and what an isolated plugin says of who may read"
                " isn't asked yet; a plugin must be trusted for that: maru plugins trust"
            )
        if isinstance(one, Filling):
            if one.point is demo_seeded:  # made-up data, asked for in a demo alone: no rule is lost
                continue
            _refuse_unserved(one.name, one.point)
        yield one


def _refuse_unserved(filling: str, point: ExtensionPoint[Any, Any]) -> None:
    """At core's own decide points a plugin writes, in the caller's transaction; of the others the
    answer counts, and that can be asked for elsewhere too. Of files an isolated process sees none.
    """
    if point.name in _OF_CONTENT:
        raise PluginFault(
            f"{filling} fills {point.name}, which reads files; a plugin must be trusted for that:"
            " maru plugins trust"
        )
    if point.name in _WRITTEN_AT:
        raise PluginFault(
            f"{filling} fills {point.name}, a decide point of core's, which runs in the caller's"
            " transaction; a plugin must be trusted for that: maru plugins trust"
        )


def _one(kind: str, declaration: Any) -> dict[str, Any]:
    said = _data(declaration)
    if hasattr(declaration, "function"):
        shape = shape_of(declaration.function)
        given = shape.given if isinstance(shape, Shape) else {}
        said |= {
            "name": declaration.name.partition(".")[2],
            "asked": bool(given),
            "counts": kind == "notifications" and "count" in given,
            "does": inspect.getdoc(declaration.function) or "",
        }
    if kind in _READ_HERE:
        said["given"] = _given(declaration.function)
    if isinstance(declaration, Channel) and declaration.on_message is not None:
        said["heard"] = _given(declaration.on_message)
    return said


def _given(function: Any) -> dict[str, Any]:
    """What a function takes after `ctx`, as models."""
    shape = shape_of(function)
    given = shape.given if isinstance(shape, Shape) else {}
    return {name: _said(kind) for name, kind in given.items()}


def _data(value: Any) -> dict[str, Any]:
    kind = type(value)
    if not kind.__module__.startswith("maru_sdk"):
        raise PluginFault(f"It declares a {kind.__qualname__}, which can't be told as data.")
    names = [f.name for f in fields(value) if f.name not in _NOT_TOLD]
    names += ["name"] if not hasattr(value, "function") and hasattr(value, "name") else []
    held = {name: _said(getattr(value, name)) for name in names}
    return {"$": "data", "class": f"{kind.__module__}:{kind.__qualname__}", "fields": held}


def _said(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return {"$": "list", "items": [_said(one) for one in value]}
    if isinstance(value, timedelta):
        return {"$": "span", "seconds": value.total_seconds()}
    if isinstance(value, ExtensionPoint):
        return {"$": "point", "name": value.name}
    if isinstance(value, type) and issubclass(value, Event):
        return {"$": "event", "name": value.name}
    if isinstance(value, type) and issubclass(value, BaseModel):
        return {"$": "model", "name": value.__name__, "schema": value.model_json_schema()}
    if isinstance(value, PageDeclaration):
        return {"$": "page", "name": value.name.partition(".")[2]}
    if is_dataclass(value):
        return _data(value)
    raise PluginFault(f"It declares {value!r:.80}, which can't be told as data.")


@dataclass(frozen=True)
class Reading:
    """Makes a Plugin of what was described; nothing is imported but the SDK.

    `point` finds published points of others by name.
    """

    key: str
    stub: Stub
    point: Callable[[str], ExtensionPoint[Any, Any] | None]

    def plugin(self, described: Described) -> Plugin:
        """The plugin; PluginFault for what is not what it says it is."""
        try:
            return self._plugin(described)
        except (AttributeError, KeyError, TypeError, ValueError, ValidationError) as fault:
            raise PluginFault(f"Its description can't be read: {fault!s:.300}") from None

    def _plugin(self, described: Described) -> Plugin:
        pages: dict[str, Any] = {}
        held: dict[str, list[Any]] = {}
        for kind in ("pages", *(k for k in KINDS if k != "pages")):
            said = sorted(described.declared.get(kind, ()), key=_refers)
            held[kind] = [self._declaration(kind, one, pages) for one in said]
        face = {name: self._value(described.face.get(name), pages) for name in _FACE}
        plugin = Plugin(**{**face, **held})
        _check_fields(plugin, _FACE)
        return plugin

    def _declaration(self, kind: str, said: Mapping[str, Any], pages: dict[str, Any]) -> Any:
        cls = _class(said["class"])
        one = object.__new__(cls)
        for name, value in said["fields"].items():
            object.__setattr__(one, _word(name), self._value(value, pages))
        if "name" in said:
            name = _word(said["name"])
            function = self.stub(kind, name, self._taken(said))
            function.__doc__ = str(said.get("does", ""))[:2_000]
            object.__setattr__(one, "function", function)
            object.__setattr__(one, "name", f"{self.key}.{name}")
            pages.setdefault(name, one)
            if isinstance(one, NotificationKind):  # nobody has to listen to a stranger
                object.__setattr__(one, "always", False)
            if isinstance(one, Channel):
                heard = said.get("heard")
                given = None if heard is None else self._models(heard)
                hears = None if given is None else self.stub(kind, name, given, part="on_message")
                object.__setattr__(one, "on_message", hears)
                _check_room(one)
        _check_fields(one, [f.name for f in fields(cls) if f.name not in _NOT_READ])
        return one

    def _taken(self, said: Mapping[str, Any]) -> dict[str, type[Any]]:
        if "given" in said:
            return dict(self._models(said["given"]))
        counts = {"count": int} if said.get("counts") else {}
        return {"ask": Anything, **counts} if said.get("asked") else {}

    def _models(self, said: Mapping[str, Any]) -> dict[str, type[Model]]:
        return {
            _word(name): _model(self.key, one["name"], one["schema"]) for name, one in said.items()
        }

    def _value(self, said: Any, pages: Mapping[str, Any]) -> Any:
        if not isinstance(said, dict):
            return said
        match said["$"]:
            case "list":
                return tuple(self._value(one, pages) for one in said["items"])
            case "span":
                return timedelta(seconds=said["seconds"])
            case "point":
                return self._point(said["name"])
            case "event":
                return event_type(said["name"])
            case "model":
                return _model(self.key, said["name"], said["schema"])
            case "page":
                return pages[said["name"]]
            case _:
                return self._declaration("", said, {})

    def _point(self, name: str) -> Any:
        found = self.point(name)
        if found is None:
            raise PluginFault(f"It fills the point {name!r:.80}, which nobody publishes.")
        _refuse_unserved(self.key, found)
        return found


def _check_room(channel: Channel) -> None:
    """The names of its rooms are read here: no name makes that take long."""
    channel.__post_init__()
    between = _FIELD.split(channel.rest)[1:-1]
    if len(set(channel.fields)) != len(channel.fields) or len(channel.fields) > _MOST_FIELDS:
        raise PluginFault(f"{channel.name} has rooms of too many names, or of one twice.")
    if any("/" not in text and ":" not in text for text in between):
        raise PluginFault(f"{channel.name} has rooms whose names no '/' or ':' keeps apart.")


def _refers(said: Mapping[str, Any]) -> bool:
    """Forms refer to pages, so they are read after them."""
    return isinstance(said.get("fields"), dict) and said["fields"].get("again") is not None


def _word(name: Any) -> str:
    if not isinstance(name, str) or not _WORD.fullmatch(name):
        raise ValueError(f"{name!r:.80} is no name")
    return name


def _class(path: Any) -> type[Any]:
    module, _, name = str(path).partition(":")
    if module.partition(".")[0] != "maru_sdk":
        raise ValueError(f"{path!r:.80} is not the SDK's")
    found = getattr(importlib.import_module(module), name)
    if not (isinstance(found, type) and is_dataclass(found)):
        raise ValueError(f"{path!r:.80} is no declaration")
    return found


def _check_fields(one: Any, names: Any) -> None:
    """Each field is of the type that its class says."""
    hints = _hints(type(one))
    for name in names:
        hint = hints[name]
        if hint is not Any:
            hint_adapter(hint).validate_python(getattr(one, name), strict=True)


_HINTS: dict[type[Any], dict[str, Any]] = {}


def _hints(cls: type[Any]) -> dict[str, Any]:
    if cls not in _HINTS:
        _HINTS[cls] = get_type_hints(cls)
    return _HINTS[cls]


def hint_adapter(hint: Any) -> TypeAdapter[Any]:
    """What checks a value of this type; models take no configuration from outside."""
    return TypeAdapter(hint, config=ConfigDict(arbitrary_types_allowed=True))


def event_type(name: Any) -> type[Event]:
    """An event of this name whose fields are known elsewhere."""
    if not isinstance(name, str) or not _EVENT.fullmatch(name):
        raise ValueError(f"{name!r:.80} is no event")
    key = name.partition(".")[0]
    spoken = {"__module__": f"maru_{key}.api", "model_config": ConfigDict(extra="allow")}
    return type("Event", (Event,), {**spoken, "name": name, "__annotations__": {}})


def _model(key: str, name: Any, schema: Any) -> type[Model]:
    """A model known by its schema: plain fields are checked here too, the others where it is."""
    if not isinstance(schema, dict):
        raise TypeError("a model without a schema")
    required = frozenset(schema.get("required") or ())
    fields: dict[str, Any] = {
        _word(field): _field(said, needed=field in required)
        for field, said in (schema.get("properties") or {}).items()
    }
    made = create_model(_word(name), __base__=_Known, __module__=f"maru_{key}", **fields)
    made.said = schema
    return made


class _Known(Settings):
    """The base of models that are known by their schemas."""

    said: ClassVar[Mapping[str, Any]] = {}

    @classmethod
    def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
        """The schema of the model that this stands for."""
        return dict(cls.said)


_PLAIN: Final[Mapping[str, type]] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
}
_BOUNDS: Final[Mapping[str, str]] = {
    "minimum": "ge",
    "maximum": "le",
    "minLength": "min_length",
    "maxLength": "max_length",
}


def _is_secret(said: Mapping[str, Any]) -> bool:
    kinds = [one for one in said.get("anyOf") or [said] if one != {"type": "null"}]
    return [(one.get("format"), one.get("writeOnly")) for one in kinds] == [("password", True)]


def _field(said: Mapping[str, Any], *, needed: bool) -> tuple[Any, Any]:
    if _is_secret(said):
        return SecretStr | None, Field(default=None)
    kind: Any = _PLAIN.get(str(said.get("type")), Any)
    if kind is str and isinstance(said.get("enum"), list):
        kind = Literal[tuple(map(str, said["enum"]))]
    elif said.get("type") == "array" and (said.get("items") or {}).get("type") == "string":
        kind = list[str]
    bounds = {_BOUNDS[name]: said[name] for name in _BOUNDS if name in said and kind is not Any}
    bounds["description"] = str(said["description"])[:500] if "description" in said else None
    if needed:
        return kind, Field(**bounds)
    default = said.get("default")
    return (kind if default is not None else kind | None, Field(default=default, **bounds))
