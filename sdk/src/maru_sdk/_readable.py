"""Rights on some things alone: what a thing is called in a grant, and the condition that a list of
such things is read with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload
from uuid import UUID

import sqlalchemy as sa

_DEPARTMENTS, _RESOURCES = "readable_departments", "readable_resources"


class Resource:
    """Gives a class its `resource`, which grants name it by: `board:17`.

    `resource: ClassVar[Resource] = Resource("board", "board_id")` in a model of rows or answers:
    the kind begins with the plugin's key, the field holds the id.
    """

    def __init__(self, kind: str, field: str = "id") -> None:
        self.kind = kind
        self.field = field

    @overload
    def __get__(self, on: None, owner: type) -> "Resource": ...
    @overload
    def __get__(self, on: object, owner: type) -> str: ...
    def __get__(self, on: object | None, owner: type) -> "Resource | str":
        return self if on is None else f"{self.kind}:{getattr(on, self.field)}"

    def ids(self, names: "frozenset[str]") -> list[str]:
        """The ids in those of these names that are of this kind."""
        begin = f"{self.kind}:"
        return sorted(name.removeprefix(begin) for name in names if name.startswith(begin))


@dataclass(frozen=True)
class Readable:
    """The rows of `model` on which a person holds a permission. Given by `ctx.readable`.

    `Query.within` limits a list to them; `condition` is the same for a `select()` of `ctx.db`. It
    compares ids alone, so an index serves it under row-level security.
    """

    model: type[Any]
    everywhere: bool
    departments: frozenset[UUID] = frozenset()
    resources: frozenset[str] = frozenset()

    @property
    def condition(self) -> sa.ColumnElement[bool]:
        """True for the rows."""
        if self.everywhere:
            return sa.true()
        return self._asked().params(self._values)

    @cached_property
    def _shape(self) -> tuple[type[Any], bool, bool]:
        """What decides the text of the statement; the ids don't."""
        return self.model, bool(self._values[_DEPARTMENTS]), bool(self._ids)

    @cached_property
    def _values(self) -> Mapping[str, list[Any]]:
        """What the parameters of `_asked` stand for."""
        there = _department(self.model) is not None
        return {_DEPARTMENTS: sorted(self.departments) if there else [], _RESOURCES: self._ids}

    @property
    def _arguments(self) -> Mapping[str, list[Any]]:
        """Those of them that `_asked` has."""
        return {name: value for name, value in self._values.items() if value}

    def _asked(self) -> sa.ColumnElement[bool]:
        """The condition with parameters; nothing is readable where there are no ids."""
        found = []
        if self._values[_DEPARTMENTS]:
            found.append(_among(_department(self.model), _DEPARTMENTS))
        if self._ids:
            found.append(_among(_resource(self.model), _RESOURCES))
        return sa.or_(*found) if found else sa.false()

    @cached_property
    def _ids(self) -> list[Any]:
        named = getattr(self.model, "resource", None)
        if not isinstance(named, Resource):
            return []
        ids = named.ids(self.resources)
        return [*filter(None, map(_uuid, ids))] if _is_uuid(_resource(self.model)) else ids


def _among(column: Any, name: str) -> sa.ColumnElement[bool]:
    kind = sa.Uuid() if _is_uuid(column) else sa.Text()
    found: sa.ColumnElement[bool] = column == sa.any_(sa.bindparam(name, type_=sa.ARRAY(kind)))
    return found


def _is_uuid(column: Any) -> bool:
    return isinstance(column.type, sa.Uuid)


def _uuid(text: str) -> UUID | None:
    """The id as `Resource` writes it, and no other spelling."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def _resource(model: type[Any]) -> Any:
    return getattr(model, model.resource.field)


def _department(model: type[Any]) -> Any:
    for name in ("department_id", "department"):
        if name in model.model_fields:
            return getattr(model, name)
    return None
