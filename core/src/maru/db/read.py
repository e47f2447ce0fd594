"""Turns a declared query into what `maru.read` runs, and runs it in one round trip.

Arguments travel as one array of texts, each cast where it stands, so every query has the same
three parameters and the function can run any of them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.asyncpg import PGCompiler_asyncpg, PGDialect_asyncpg
from sqlalchemy.sql.elements import BindParameter

from maru_sdk.db import Query

READ = "SELECT maru.read($1, $2, $3)"
READ_KEPT = "SELECT maru.read_kept($1, $2, $3)"
_UTC = """to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS {1}"""


class Places:
    """The arguments of one statement in the order of the array they travel in."""

    def __init__(self) -> None:
        self.binds: list[BindParameter[Any]] = []

    def take(self, bind: BindParameter[Any]) -> int:
        for at, known in enumerate(self.binds, 1):
            if known.key == bind.key:
                return at
        self.binds.append(bind)
        return len(self.binds)

    def values(self, given: Mapping[str, Any]) -> list[str | None]:
        """Encode the arguments; a missing or unknown one is a TypeError that names it."""
        asked = {bind.key for bind in self.binds if bind.required}
        known = {bind.key for bind in self.binds}
        if given.keys() - known or asked - given.keys():
            raise TypeError(_wrong(asked - given.keys(), given.keys() - known))
        return [_encoded(given.get(bind.key, bind.effective_value), bind) for bind in self.binds]


def _encoded(value: Any, bind: BindParameter[Any]) -> str | None:
    """A list is an array, but for a JSON parameter."""
    if isinstance(bind.type, JSONB) and isinstance(value, list):
        return orjson.dumps(value).decode()
    return encode(value)


def _wrong(missing: set[str], unknown: set[str]) -> str:
    said = [f"the query needs {', '.join(sorted(missing))}"] if missing else []
    said += [f"the query has no parameter {', '.join(sorted(unknown))}"] if unknown else []
    return "; ".join(said)


class _Compiler(PGCompiler_asyncpg):
    """Writes each parameter as `($1)[n]::type`, and IN as `= ANY`, so that a text never changes."""

    dialect: "_Dialect"

    def visit_bindparam(self, bindparam: BindParameter[Any], *_: Any, **__: Any) -> str:
        return self._place(bindparam, "[]" if bindparam.expanding else "")

    def visit_in_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        if isinstance(binary.right, BindParameter):
            return self._any(binary, "= ANY", **kw)
        return self._generate_generic_binary(binary, " IN ", **kw)

    def visit_not_in_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        if isinstance(binary.right, BindParameter):
            return self._any(binary, "<> ALL", **kw)
        return f"({self._generate_generic_binary(binary, ' NOT IN ', **kw)})"

    def _any(self, binary: Any, word: str, **kw: Any) -> str:
        left = binary.left._compiler_dispatch(self, **kw)
        return f"({left} {word} ({self._place(binary.right, '[]')}))"

    def _place(self, bind: BindParameter[Any], suffix: str) -> str:
        cast = self._cast(bind)
        return f"($1)[{self.dialect.places.take(bind)}]::{cast}{suffix}"

    def _cast(self, bind: BindParameter[Any]) -> str:
        kind = bind.type
        if isinstance(kind, sa.types.NullType):
            raise TypeError(f"the parameter {bind.key} needs a type: bindparam({bind.key!r}, …)")
        if isinstance(kind, sa.String | sa.Enum):
            return "text"  # a cast to varchar(n) would cut without a word
        if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float):
            return "numeric"
        return self.dialect.type_compiler_instance.process(kind)


class _Dialect(PGDialect_asyncpg):
    statement_compiler = _Compiler

    def __init__(self, places: Places) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.places = places


def write(statement: sa.ClauseElement, places: Places) -> str:
    """Write a statement as SQL whose parameters are taken from the array of `places`."""
    return str(statement.compile(dialect=_Dialect(places)))


def columns_sql(query: Query[Any], table: str) -> str:
    """Name the row's columns of a derived table; times end in `Z`, exact numbers are text."""
    return ", ".join(_column(table, name, kind) for name, kind in query.columns.items())


def _column(table: str, name: str, kind: sa.types.TypeEngine[Any]) -> str:
    quoted = f'"{name}"'
    if isinstance(kind, sa.DateTime):
        return _UTC.format(f"{table}.{quoted}", quoted)
    if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float):
        return f"{table}.{quoted}::text AS {quoted}"
    return f"{table}.{quoted}"


@dataclass(frozen=True)
class Statement:
    """A compiled query: its text never changes, its arguments do."""

    sql: str
    places: Places

    def arguments(self, given: Mapping[str, Any]) -> list[str | None]:
        return self.places.values(given)


@lru_cache(maxsize=4_096)
def compiled(query: Query[Any]) -> Statement:
    """Compile a query once."""
    places = Places()
    inner = write(query.statement, places)
    return Statement(f"SELECT {columns_sql(query, 't')} FROM ({inner}) t", places)  # noqa: S608


_PLAIN: dict[type, Callable[[Any], str]] = {
    str: str,
    int: str,
    UUID: str,
    bool: lambda value: "true" if value else "false",
    datetime: datetime.isoformat,
    date: date.isoformat,
    time: time.isoformat,
    bytes: lambda value: "\\x" + value.hex(),
    dict: lambda value: orjson.dumps(value).decode(),
}


def encode(value: Any) -> str | None:
    """Write a value as PostgreSQL reads it from text."""
    if value is None:
        return None
    plain = _PLAIN.get(type(value))
    if plain is not None:
        return plain(value)
    if isinstance(value, Enum):
        return encode(value.value)
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str):
        return "{" + ",".join(_item(item) for item in value) + "}"
    return str(value)


def _item(value: Any) -> str:
    text = encode(value)
    if text is None:
        return "NULL"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
