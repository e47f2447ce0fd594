"""Rights on some things alone: what a thing is called in a grant, and the condition that a list of
such things is read with."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, overload
from uuid import UUID

import sqlalchemy as sa

_DEPARTMENTS, _RESOURCES = "readable_departments", "readable_resources"
_HIDDEN = "readable_hidden"


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
    hidden: frozenset[str] = frozenset()
    """Private things: `everywhere` and `departments` don't reach them."""

    @property
    def whole(self) -> bool:
        """Whether these are all rows there are."""
        return self.everywhere and not self._values[_HIDDEN]

    @property
    def condition(self) -> sa.ColumnElement[bool]:
        """True for the rows."""
        if self.whole:
            return sa.true()
        return self._asked(carried=True)

    @cached_property
    def _shape(self) -> tuple[type[Any], bool, tuple[bool, ...]]:
        """What decides the text of the statement; the ids don't."""
        return self.model, self.everywhere, tuple(map(bool, self._values.values()))

    @cached_property
    def _values(self) -> Mapping[str, list[Any]]:
        """What the parameters of `_asked` stand for."""
        limited = not self.everywhere and _department(self.model) is not None
        hidden = self._ids(self.hidden)
        return {
            _DEPARTMENTS: sorted(self.departments) if limited else [],
            _RESOURCES: [] if self.everywhere else self._ids(self.resources),
            _HIDDEN: hidden if self.everywhere or (limited and self.departments) else [],
        }

    @property
    def _arguments(self) -> Mapping[str, list[Any]]:
        """Those of them that `_asked` has."""
        return {name: value for name, value in self._values.items() if value}

    def _asked(self, *, carried: bool = False) -> sa.ColumnElement[bool]:
        """The condition with parameters, which carry the ids where they are `carried`; nothing is
        readable where there are no ids."""
        values = self._values

        def among(column: Any, name: str) -> sa.ColumnElement[bool]:
            return _among(column, name, values[name] if carried else None)

        wide: list[sa.ColumnElement[bool]] = []
        if self.everywhere:
            wide.append(sa.true())
        if values[_DEPARTMENTS]:
            wide.append(among(_department(self.model), _DEPARTMENTS))
        if values[_HIDDEN]:  # a row without a resource is nobody's secret
            open_ = among(_resource(self.model), _HIDDEN).is_not(sa.true())
            wide = [sa.and_(one, open_) for one in wide]
        if values[_RESOURCES]:
            wide.append(among(_resource(self.model), _RESOURCES))
        return sa.or_(*wide) if wide else sa.false()

    def _ids(self, names: frozenset[str]) -> list[Any]:
        named = getattr(self.model, "resource", None)
        if not isinstance(named, Resource):
            return []
        ids = named.ids(names)
        return [*filter(None, map(_uuid, ids))] if _is_uuid(_resource(self.model)) else ids


def _among(column: Any, name: str, ids: list[Any] | None) -> sa.ColumnElement[bool]:
    kind = sa.ARRAY(sa.Uuid() if _is_uuid(column) else sa.Text())
    asked = sa.bindparam(name, type_=kind)
    if ids is not None:
        asked = sa.bindparam(name, ids, type_=kind, unique=True)
    found: sa.ColumnElement[bool] = column == sa.any_(asked)
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
