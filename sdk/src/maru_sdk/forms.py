"""Types for the fields of forms: each brings its own input, and takes what people type into it."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints

from maru_sdk.files import FileKind

__all__ = [
    "Colour",
    "DepartmentId",
    "PersonId",
    "Won",
    "choices",
    "mentions",
    "pictures",
    "uploads",
    "when",
]


def _digits(value: object) -> object:
    """An amount as people write it, without its separators."""
    return value.replace(",", "").strip() if isinstance(value, str) else value


PersonId = Annotated[
    UUID,
    Field(json_schema_extra={"x-kind": "person"}),
    "The id of a person: its input looks people up. `list[PersonId]` takes several.",
]
DepartmentId = Annotated[
    UUID,
    Field(json_schema_extra={"x-kind": "department"}),
    "The id of a department: its input looks departments up. `list[DepartmentId]` takes several.",
]
Won = Annotated[
    int,
    BeforeValidator(_digits),
    Field(json_schema_extra={"x-kind": "money"}),
    "An amount of won, typed and shown by thousands: `1,200,000`.",
]
Colour = Annotated[
    str,
    StringConstraints(pattern="^#[0-9a-fA-F]{6}$"),
    Field(json_schema_extra={"x-kind": "color"}),
    "A colour as `#2c55c9`.",
]


def when(field: str, *values: str, needed: bool = False, **more: Any) -> dict[str, Any]:
    """The `json_schema_extra` of a field that belongs to another one of the same model: it is shown
    while `field` has one of `values` ("true" and "false" for a tick), and with `needed` must be
    filled in then. Otherwise it gets its default, whatever was typed before.

    `cost: Won | None = Field(None, json_schema_extra=when("paid", "true", needed=True))`
    """
    return {"x-when": {field: list(values)}, "x-needed": needed, **more}


def choices(titles: dict[str, str], *, kind: str = "select") -> dict[str, Any]:
    """The `json_schema_extra` of a field with few values: what each is called, and whether they
    are drawn as a `select` or as `radio` buttons."""
    return {"x-titles": dict(titles), "x-kind": kind}


def uploads(kind: FileKind) -> dict[str, Any]:
    """The `json_schema_extra` of a `list[UUID]` that takes files ahead of the thing that the form
    makes: `files: list[UUID] = Field([], max_length=50, json_schema_extra=uploads(attachment))`.
    They are sent as soon as they are chosen; the handler gives the ids to `ctx.files.claim`."""
    return {"x-kind": "files", "x-upload": kind.upload_url}


def pictures(kind: FileKind) -> dict[str, Any]:
    """The `json_schema_extra` of a `RichText` that takes pictures, pasted or dropped, as files of
    this kind; `maru_sdk.rich.pictures_in` tells which, for `ctx.files.claim`."""
    return {"x-kind": "rich", "contentMediaType": "text/html", "x-upload": kind.upload_url}


def mentions() -> dict[str, Any]:
    """The `json_schema_extra` of a text in which people and departments can be mentioned: "@" seeks
    them, and `<@person:ID>` or `<@department:ID>` stands for each in what is sent."""
    return {"x-kind": "mentions"}
