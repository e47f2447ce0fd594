"""Forms from a Pydantic model: its schema, values and errors become fields for `ui.form`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from pydantic import BaseModel

_FORMATS: Final = {
    "email": "email",
    "uri": "url",
    "date": "date",
    "time": "time",
    "date-time": "datetime-local",
    "password": "password",
}
_NUMBERS: Final = {"integer": "1", "number": "any"}
_LONG_TEXT: Final = 300


@dataclass(frozen=True, slots=True)
class Field:
    """One input: what `ui.form_field` draws."""

    name: str
    label: str
    kind: str = "text"
    value: Any = None
    hint: str = ""
    error: str = ""
    required: bool = False
    options: Sequence[tuple[str, str]] = ()
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    step: str = ""
    autocomplete: str = ""


def _resolve(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
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


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "select"
    kind = schema.get("type", "string")
    if kind == "boolean":
        return "tick"
    if kind in _NUMBERS:
        return "number"
    if kind == "array":
        return "choices" if "enum" in schema.get("items", {}) else "lines"
    if named := _FORMATS.get(schema.get("format", "")):
        return named
    return "long" if schema.get("maxLength", 0) > _LONG_TEXT else "text"


def _options(schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    values = schema.get("enum") or schema.get("items", {}).get("enum", ())
    titles = schema.get("x-titles", {})
    return [(str(value), str(titles.get(str(value), value))) for value in values]


def _field(name: str, schema: dict[str, Any], *, value: Any, error: str, required: bool) -> Field:
    return Field(
        name=name,
        label=schema.get("title", name),
        kind=schema.get("x-kind") or _kind(schema),
        value=value if value is not None else schema.get("default"),
        hint=schema.get("description", ""),
        error=error,
        required=required and schema.get("type") != "boolean",
        options=_options(schema),
        minimum=schema.get("minimum", schema.get("exclusiveMinimum")),
        maximum=schema.get("maximum", schema.get("exclusiveMaximum")),
        min_length=schema.get("minLength"),
        max_length=schema.get("maxLength"),
        step=_NUMBERS.get(schema.get("type", ""), ""),
        autocomplete=schema.get("x-autocomplete", ""),
    )


def fields_of(
    model: type[BaseModel] | Mapping[str, Any],
    values: Mapping[str, Any] | BaseModel | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[Field]:
    """The fields of a model (or its JSON schema), in its order.

    `x-kind` and `x-titles` in `json_schema_extra` choose another input and name an enum's members.
    """
    schema = model if isinstance(model, Mapping) else model.model_json_schema()
    given = values.model_dump(mode="json") if isinstance(values, BaseModel) else dict(values or {})
    needed = schema.get("required", ())
    return [
        _field(
            name,
            _resolve_items(_resolve(part, schema), schema),
            value=given.get(name),
            error=(errors or {}).get(name, ""),
            required=name in needed,
        )
        for name, part in schema.get("properties", {}).items()
    ]


def drawable(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A model's JSON schema without the fields that no input can hold: models inside it, and
    lists and maps of such."""
    shown = {
        name: part
        for name, part in schema.get("properties", {}).items()
        if _is_plain(_resolve_items(_resolve(part, schema), schema))
    }
    return {**schema, "properties": shown}


def _is_plain(part: Mapping[str, Any]) -> bool:
    if part.get("type") == "array":
        return "items" in part and part["items"].get("type", "string") not in ("object", "array")
    return bool(part.get("type", "string") != "object")


def _resolve_items(schema: dict[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    if "items" in schema:
        schema["items"] = _resolve(schema["items"], root)
    return schema


def translated(field: Field, say: Callable[[str], str]) -> Field:
    """The field with its own words in the reader's language; errors come translated already."""
    return replace(
        field,
        label=say(field.label),
        hint=say(field.hint) if field.hint else "",
        options=[(value, say(title)) for value, title in field.options],
    )
