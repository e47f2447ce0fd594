"""A list's statement, declared once, and the rows it gives: ready JSON that becomes models lazily.

The statement is checked against the model of its rows when it is declared, so a forgotten column
is found at import. Core compiles it and runs it under the tenant's row-level security in one
round trip.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, Generic, TypeVar, get_args, get_origin, overload
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, TypeAdapter
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import asc_op, desc_op

from maru_sdk._readable import Readable

M = TypeVar("M", bound=BaseModel)
SqlType = sa.types.TypeEngine[Any]

TENANT = "tenant_id"
_NONE: Mapping[str, Any] = MappingProxyType({})
_SQL_TYPES: dict[type, SqlType] = {
    UUID: sa.Uuid(),
    str: sa.Text(),
    bool: sa.Boolean(),
    int: sa.BigInteger(),
    float: sa.Double(),
    Decimal: sa.Numeric(),
    datetime: sa.DateTime(timezone=True),
    date: sa.Date(),
    time: sa.Time(),
    dict: JSONB(),
}


class Key:
    """One column of an order, with its direction."""

    def __init__(self, given: Any) -> None:
        element = sa.inspect(given)
        element = getattr(element, "expression", element)
        self.descending = False
        if isinstance(element, UnaryExpression) and element.modifier in (asc_op, desc_op):
            self.descending = element.modifier is desc_op
            element = element.element
        self.column: sa.ColumnElement[Any] = element

    def check(self) -> None:
        """Refuse what no cursor can stand on: a comparison with NULL finds no row."""
        if getattr(self.column, "nullable", False):
            raise TypeError(f"a list can't be ordered by {self.column}, which may be NULL")


class Query(Generic[M]):
    """A statement of `queries.py`, for `ctx.read` and `ctx.page`.

    `statement` is a `select()` or SQL text with `:name` parameters, whose Python types `params`
    gives (`{"ids": list[UUID]}`). `row` is the model of one row: its fields are the columns, by
    name. For pages `order` gives the columns (`desc(Post.id)`) that decide the order, the last of
    them unique; `sorts` what a caller may sort by instead; `count` another, cheaper `select()`
    whose rows are counted for the total, or False for none; `total` a `select()` of the number
    itself, where a counter is kept.
    """

    def __init__(
        self,
        statement: Any,
        row: type[M],
        *,
        order: Sequence[Any] = (),
        sorts: Mapping[str, Any] = _NONE,
        count: Any = True,
        total: Any = None,
        params: Mapping[str, Any] = _NONE,
    ) -> None:
        if isinstance(statement, str):
            if order:
                raise TypeError("only a select() can be paged, not SQL text")
            statement = _text(statement, params, row)
        self.statement: Any = statement
        self.row = row
        self.order = tuple(Key(column) for column in order)
        self.sorts = {name: Key(column) for name, column in sorts.items()}
        self.count = count
        self.total = total
        self.arguments: Mapping[str, Any] = _NONE
        self._base: Query[M] | None = None
        self._limited: dict[Any, Query[M]] = {}
        _check_columns(set(self._found), row)
        for key in self.order:
            key.check()

    @cached_property
    def _found(self) -> dict[str, SqlType]:
        return {str(column.key): column.type for column in self.statement.selected_columns}

    @property
    def columns(self) -> dict[str, SqlType]:
        """The row's columns with their types, in the order of the row's fields."""
        return {name: self._found[name] for name in self.row.model_fields}

    @property
    def base(self) -> "Query[M]":
        """What is compiled: this query without the ids that `within` gave it."""
        return self._base or self

    def within(self, readable: Readable) -> "Query[M]":
        """The same query for the rows of `ctx.readable(Post, READ)` alone, whose ids it carries.
        Its total is counted."""
        if readable.whole:
            return self
        base = self._limited.get(readable._shape)
        if base is None:
            base = self._limited[readable._shape] = self._where(readable._asked())
        limited = copy(base)
        limited._base, limited.arguments = base, readable._arguments
        return limited

    def _where(self, condition: sa.ColumnElement[bool]) -> "Query[M]":
        if not isinstance(self.statement, sa.Select):
            raise TypeError("only a select() can be read within rights, not SQL text")
        limited = copy(self)
        limited.statement = self.statement.where(condition)
        if isinstance(self.count, sa.Select):
            limited.count = self.count.where(condition)
        limited.total = None
        return limited

    def __repr__(self) -> str:
        return f"<Query of {self.row.__name__}>"


def _check_columns(columns: set[str], row: type[BaseModel]) -> None:
    fields = set(row.model_fields)
    extra = columns - fields - {TENANT}  # select(Model) names it; no answer need hold it
    said = []
    if extra:
        said.append(f"the statement selects {_names(extra)}, which {row.__name__} does not have")
    if missing := fields - columns:
        said.append(f"{row.__name__} has {_names(missing)}, which the statement does not select")
    if said:
        raise TypeError("; ".join(said))


def _names(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _text(statement: str, params: Mapping[str, Any], row: type[BaseModel]) -> sa.TextualSelect:
    text = sa.text(statement)
    if wrong := text._bindparams.keys() ^ params.keys():
        raise TypeError(f"params must name exactly the statement's parameters: {_names(wrong)}")
    binds = [sa.bindparam(name, type_=sql_type(kind)) for name, kind in params.items()]
    names: list[sa.ColumnClause[Any]] = [sa.column(name) for name in row.model_fields]
    return text.bindparams(*binds).columns(*names)


def sql_type(kind: Any) -> SqlType:
    """Give the SQL type that a parameter of a Python type is sent as."""
    if get_origin(kind) in (list, tuple, set, frozenset):
        return sa.ARRAY(sql_type(get_args(kind)[0]))
    for base in getattr(get_origin(kind) or kind, "__mro__", ()):
        if base in _SQL_TYPES:
            return _SQL_TYPES[base]
    raise TypeError(f"no SQL type for a parameter of type {kind!r}")


@cache
def _rows_of(row: type[M]) -> TypeAdapter[list[M]]:
    """What reads rows of this type; making it costs more than reading twenty of them."""
    return TypeAdapter(list[row])  # type: ignore[valid-type]


class Rows(Sequence[M]):
    """Rows as the database gave them: `json` is ready to send; read, they become models once."""

    def __init__(self, json: bytes, row: type[M]) -> None:
        self.json = json
        self.row = row

    @cached_property
    def _models(self) -> list[M]:
        return _rows_of(self.row).validate_json(self.json)

    @overload
    def __getitem__(self, at: int) -> M: ...
    @overload
    def __getitem__(self, at: slice) -> list[M]: ...
    def __getitem__(self, at: int | slice) -> M | list[M]:
        return self._models[at]

    def __iter__(self) -> Iterator[M]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)

    def __bool__(self) -> bool:
        return self.json != b"[]"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.row.__name__}, {len(self.json)} bytes>"


class Page(Rows[M]):
    """One page of a list, with the `pagination` that its answer carries."""

    def __init__(self, json: bytes, row: type[M], pagination: Mapping[str, Any]) -> None:
        super().__init__(json, row)
        self.pagination = pagination

    @classmethod
    def of(cls, rows: Sequence[M], row: type[M], pagination: Mapping[str, Any]) -> "Page[M]":
        """A page of what a plugin made of the rows of another page, with that one's
        `pagination`."""
        return cls(_rows_of(row).dump_json(list(rows)), row, pagination)
