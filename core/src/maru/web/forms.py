"""Forms from a Pydantic model: its schema, values and errors become fields for `ui.form`."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from maru.web.inputs import Field

_FORMATS: Final = {
    "email": "email",
    "uri": "url",
    "date": "date",
    "time": "time",
    "date-time": "datetime-local",
    "password": "password",
    "color": "color",
}
_NUMBERS: Final = {"integer": "1", "number": "any"}
_LONG_TEXT: Final = 300
_WITH_FIELDS: Final = frozenset({"group", "rows"})
_TICKED: Final = frozenset({"true", "on", "1"})
_DEEPEST: Final = 2
NEXT_ROW: Final = "__n__"
"""Stands for a row's number in the row that script copies."""

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What is the same for every field of a form."""

    root: Schema
    values: Mapping[str, Any]
    errors: Mapping[str, str]
    zone: ZoneInfo | None = None
    paths: frozenset[str] = field(default_factory=frozenset)

    def below(self, path: str) -> Iterator[str]:
        """What is known of anything inside this field."""
        return (one[len(path) + 1 :] for one in self.paths if one.startswith(f"{path}."))

    def error(self, path: str, kind: str) -> str:
        """What is wrong with the field; fields inside it show themselves what is wrong with
        them."""
        inner = any(one.startswith(f"{path}.") for one in self.errors)
        return "" if inner and kind in _WITH_FIELDS else self.errors.get(path, "")


def _resolve(schema: Schema, root: Schema) -> dict[str, Any]:
    """A property without `$ref`, `allOf` of one and the `null` of an optional value."""
    found = dict(schema)
    while reference := found.pop("$ref", None):
        found = {**root["$defs"][reference.rsplit("/", 1)[-1]], **found}
    choices = found.pop("anyOf", None) or found.pop("allOf", None)
    if choices:
        real = [choice for choice in choices if choice.get("type") != "null"]
        if real:
            found = {**_resolve(real[0], root), **found}
    return found


def _kind(schema: Schema) -> str:
    if "enum" in schema:
        return "select"
    kind = schema.get("type", "string")
    if kind == "boolean":
        return "tick"
    if kind in _NUMBERS:
        return "number"
    if kind == "object" and "properties" in schema:
        return "group"
    if kind == "array":
        return _many(schema.get("items", {}))
    if named := _FORMATS.get(schema.get("format", "")):
        return named
    return "long" if schema.get("maxLength", 0) > _LONG_TEXT else "text"


def _many(items: Schema) -> str:
    if items.get("x-kind") in ("person", "department"):
        return "people" if items["x-kind"] == "person" else "departments"
    if "properties" in items:
        return "rows"
    return "choices" if "enum" in items else "lines"


def _options(schema: Schema) -> list[tuple[str, str]]:
    values = schema.get("enum") or schema.get("items", {}).get("enum", ())
    titles = schema.get("x-names") or schema.get("x-titles", {})
    return [(str(value), str(titles.get(str(value), value))) for value in values]


def _value(drawing: _Drawing, path: str, schema: Schema, kind: str) -> Any:
    """The value as its input takes it."""
    value = drawing.values.get(path)
    value = schema.get("default") if value is None else value
    if kind == "tick":
        return value in _TICKED if isinstance(value, str) else bool(value)
    if kind in ("choices", "people", "departments", "files") and not isinstance(
        value, list | tuple
    ):
        return [] if value is None else [str(value)]
    if kind == "datetime-local" and drawing.zone is not None:
        return _local(value, drawing.zone)
    return value


def _local(value: Any, zone: ZoneInfo) -> Any:
    """A moment on the reader's clock; what has no zone is what was typed."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return value
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        return value
    return moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def _field(drawing: _Drawing, path: str, schema: dict[str, Any], *, required: bool) -> Field:
    kind = schema.get("x-kind") or _kind(schema)
    made = Field(
        name=path,
        label=schema.get("title", path.rpartition(".")[2]),
        kind=kind,
        value=_value(drawing, path, schema, kind),
        hint=schema.get("description", "") if kind not in ("group", "file") else "",
        error=drawing.error(path, kind),
        required=required and schema.get("type") not in ("boolean", "object", "array"),
        options=_options(schema),
        named="x-names" in schema,
        minimum=schema.get("minimum", schema.get("exclusiveMinimum")),
        maximum=schema.get("maximum", schema.get("exclusiveMaximum")),
        min_length=schema.get("minLength"),
        max_length=schema.get("maxLength"),
        step=str(schema.get("x-step") or _NUMBERS.get(schema.get("type", ""), "")),
        autocomplete=schema.get("x-autocomplete", ""),
        unit=schema.get("x-unit", ""),
        accept=schema.get("x-accept", ""),
        least=schema.get("minItems", 0),
        most=schema.get("maxItems"),
        when=_condition(schema, path),
        sought=drawing.values.get(f"{path}._seek"),
        upload=schema.get("x-upload", ""),
    )
    return _filled(drawing, made, schema)


def _condition(schema: Schema, path: str) -> tuple[str, Sequence[str]] | None:
    if not (asked := schema.get("x-when")):
        return None
    ((name, values),) = asked.items()
    before = path.rpartition(".")[0]
    return (f"{before}.{name}" if before else name), values


def _filled(drawing: _Drawing, made: Field, schema: Schema) -> Field:
    """The field with what stands inside it, or with those whom it names."""
    if made.kind == "group":
        return replace(made, fields=_fields(drawing, schema, f"{made.name}."))
    if made.kind == "rows":
        return _with_rows(drawing, made, schema["items"])
    if made.kind in ("person", "department", "people", "departments"):
        return _with_chosen(drawing, made)
    if made.kind == "files":
        return replace(made, chosen=list(_sent(drawing.values.get(f"{made.name}._names"))))
    return made


def _with_rows(drawing: _Drawing, made: Field, items: Schema) -> Field:
    numbers = [int(head) for one in drawing.below(made.name) if (head := _head(one)).isdigit()]
    count = max(max(numbers, default=-1) + 1, made.least)
    empty = replace(drawing, values={}, errors={}, paths=frozenset())
    return replace(
        made,
        rows=[_fields(drawing, items, f"{made.name}.{row}.") for row in range(count)],
        blank=_fields(empty, items, f"{made.name}.{NEXT_ROW}."),
    )


def _head(path: str) -> str:
    return path.partition(".")[0]


def _with_chosen(drawing: _Drawing, made: Field) -> Field:
    """`name` may be an id, or whoever it is with `id` and `name`; `name._names` maps ids."""
    names = dict(drawing.values.get(f"{made.name}._names") or {})
    if known := drawing.values.get(f"{made.name}.id"):
        names[str(known)] = str(drawing.values.get(f"{made.name}.name") or known)
        made = replace(made, value=known)
    ids = made.value if isinstance(made.value, list) else [made.value]
    chosen = [(str(one), names.get(str(one), str(one))) for one in ids if one]
    found = [tuple(one) for one in drawing.values.get(f"{made.name}._found") or ()]
    return replace(made, chosen=chosen, options=found)


def _sent(names: Any) -> Iterator[tuple[str, str]]:
    """The files that a form shown again has had sent already: each `id name`."""
    for one in [names] if isinstance(names, str) else names or ():
        file_id, _, name = str(one).partition(" ")
        yield file_id, name


def _fields(drawing: _Drawing, schema: Schema, before: str = "") -> list[Field]:
    needed = schema.get("required", ())
    made = [
        _field(drawing, f"{before}{name}", _whole(part, drawing.root), required=name in needed)
        for name, part in schema.get("properties", {}).items()
    ]
    return list(_dependent(made))


def _dependent(fields: Sequence[Field]) -> Iterator[Field]:
    """The fields with what their neighbours' values say about them."""
    values = {one.name: one.value for one in fields}
    deciding = {one.when[0] for one in fields if one.when}
    for one in fields:
        shown = one.when is None or spelled(values.get(one.when[0])) in one.when[1]
        yield replace(one, shown=shown, decides=one.name in deciding)


def spelled(value: Any) -> str:
    """A value as a form sends it: what a condition compares."""
    value = getattr(value, "value", value)
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _whole(part: Schema, root: Schema) -> dict[str, Any]:
    return _resolve_items(_resolve(part, root), root)


def fields_of(
    model: type[BaseModel] | Mapping[str, Any],
    values: Mapping[str, Any] | BaseModel | None = None,
    errors: Mapping[str, str] | None = None,
    zone: ZoneInfo | None = None,
) -> list[Field]:
    """The fields of a model (or its JSON schema), in its order; moments on the clock of `zone`.

    `json_schema_extra` may say more: `x-kind` chooses another input, `x-titles` names an enum's
    members, `x-names` does so with people's own words, which aren't translated, `x-unit` stands
    behind the input, `x-when` names the field that it belongs to.
    """
    schema = model if isinstance(model, Mapping) else model.model_json_schema()
    given = values.model_dump(mode="json") if isinstance(values, BaseModel) else dict(values or {})
    known = dict(_flat(given))
    faults = dict(errors or {})
    return _fields(_Drawing(schema, known, faults, zone, frozenset(known)), schema)


def _flat(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Values by the names that their inputs have: `address.city`, `items.0.name`."""
    for name, value in values.items():
        path = f"{before}{name}"
        rows = value if isinstance(value, list) and _are_rows(value) else ()
        for number, row in enumerate(rows):
            yield f"{path}.{number}._row", "1"
            yield from _flat(row, f"{path}.{number}.")
        if isinstance(value, Mapping) and not name.endswith("._names"):
            yield from _flat(value, f"{path}.")
        elif not rows:
            yield path, value


def _are_rows(value: Sequence[Any]) -> bool:
    return bool(value) and all(isinstance(one, Mapping) for one in value)


def drawable(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A model's JSON schema without the fields that no input can hold: maps, lists of lists,
    models that go deeper than a group in a row, and secrets inside a model."""
    shown = {
        name: part
        for name, part in schema.get("properties", {}).items()
        if _is_drawable(part, schema)
    }
    return {**schema, "properties": shown}


def _is_drawable(part: Schema, root: Schema, depth: int = 0) -> bool:
    part = _whole(part, root)
    held = part.get("items", {"type": "array"}) if part.get("type") == "array" else part
    if held.get("type", "string") not in ("object", "array"):
        return not (depth and part.get("writeOnly"))
    inner = held.get("properties", {}).values()
    return bool(inner) and depth < _DEEPEST and all(_is_drawable(i, root, depth + 1) for i in inner)


def _resolve_items(schema: dict[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    if "items" in schema:
        schema["items"] = _resolve(schema["items"], root)
    return schema
