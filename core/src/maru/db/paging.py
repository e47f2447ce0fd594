"""One page of a query in one round trip: its rows, where it ends, and how many there are.

A cursor holds the order's values of the row it points at, so the next page is an index range
however deep it lies. It is no secret: changed by hand it points elsewhere in the same list, or is
refused.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.sql.operators import asc_op, desc_op

from maru.db.read import Places, columns_sql, write
from maru_sdk._paging import MAX_PAGE, CursorParams, PageParams
from maru_sdk._query import Key
from maru_sdk.db import InvalidCursor, Page, PageUnsupported, Query, UnknownSort

COUNTED = 10_000
_ROWS = b'},"r":'
_OFFSET = sa.bindparam("_offset", type_=sa.BigInteger())


@dataclass(frozen=True)
class Shape:
    """What makes one page's SQL differ from another's; the values in it do not.

    The limit does: of one that it doesn't know, PostgreSQL thinks a tenth of the table.
    """

    limit: int
    sort: str | None = None
    descending: bool = False
    cursor: bool = False
    backwards: bool = False
    deep: bool = False
    short: bool = False


@dataclass(frozen=True)
class PagedStatement:
    sql: str
    places: Places
    keys: tuple[Key, ...]
    mark: str


@dataclass(frozen=True)
class Ask:
    """A page as asked for: the statement, its further arguments, and how to read what comes."""

    statement: PagedStatement
    arguments: Mapping[str, Any]
    params: PageParams | CursorParams
    shape: Shape


def ask(query: Query[Any], params: PageParams | CursorParams) -> Ask:
    """Choose the statement for a page; raises what is wrong with the page asked for."""
    if not query.order:
        raise TypeError(f"{query!r} has no order, so it has no pages")
    if isinstance(params, PageParams):
        return _ask_short(query, params)
    if params.cursor is not None:
        return _ask_cursor(query, params, params.cursor)
    if params.page is not None and params.page > MAX_PAGE:
        raise PageUnsupported(last=MAX_PAGE)
    offset = ((params.page or 1) - 1) * params.limit
    shape = Shape(params.limit, deep=offset > 0)
    arguments = {"_offset": offset} if offset else {}
    return Ask(paged(query, shape), arguments, params, shape)


def _ask_short(query: Query[Any], params: PageParams) -> Ask:
    if params.sort is not None and params.sort not in query.sorts:
        raise UnknownSort(sort=params.sort, allowed=sorted(query.sorts))
    descending = params.sort is not None and params.order == "desc"
    shape = Shape(params.limit, sort=params.sort, descending=descending, deep=True, short=True)
    arguments = {"_offset": (params.page - 1) * params.limit}
    return Ask(paged(query, shape), arguments, params, shape)


def _ask_cursor(query: Query[Any], params: CursorParams, cursor: str) -> Ask:
    mark, backwards, values = _opened(cursor)
    shape = Shape(params.limit, cursor=True, backwards=backwards)
    statement = paged(query, shape)
    if mark != statement.mark or len(values) != len(statement.keys):
        raise InvalidCursor
    for key, value in zip(statement.keys, values, strict=True):
        _check(key.column.type, value)
    places = {f"_after{at}": value for at, value in enumerate(values)}
    return Ask(statement, places, params, shape)


@lru_cache(maxsize=4_096)
def paged(query: Query[Any], shape: Shape) -> PagedStatement:
    """Write the SQL of one kind of page of a query, once."""
    places = Places()
    keys = _keys(query, shape)
    inner = write(_inner(query, keys, shape), places)
    total = write(_total(query, shape), places) if query.count is not False else "NULL"
    texts = ", ".join(f'(s."_k{at}")::text' for at in range(len(keys)))
    order = ' ORDER BY s."_n" DESC' if shape.backwards else ""
    sql = f"""SELECT json_build_object('count', count(*), 'total', ({total}),
 'keys', json_agg(json_build_array({texts})) FILTER (WHERE s."_n" IN (1, {shape.limit}))) AS m,
 coalesce(json_agg(v{order}) FILTER (WHERE s."_n" <= {shape.limit}), '[]') AS r
 FROM (SELECT row_number() OVER () AS "_n", i.* FROM ({inner}) i) s
 CROSS JOIN LATERAL (SELECT {columns_sql(query, "s")}) v"""  # noqa: S608
    return PagedStatement(sql, places, keys, _mark(keys))


def _keys(query: Query[Any], shape: Shape) -> tuple[Key, ...]:
    if shape.sort is None:
        return query.order
    first = Key(query.sorts[shape.sort].column)
    first.descending = shape.descending
    return (first, *query.order)


def _mark(keys: Sequence[Key]) -> str:
    said = ",".join(f"{key.column} {key.descending}" for key in keys)
    return hashlib.blake2s(said.encode(), digest_size=4).hexdigest()


def _inner(query: Query[Any], keys: Sequence[Key], shape: Shape) -> Any:
    named = [key.column.label(f"_k{at}") for at, key in enumerate(keys)]
    order = [_directed(key, shape.backwards) for key in keys]
    statement = (
        query.statement.add_columns(*named)
        .order_by(None)
        .order_by(*order)
        .limit(sa.literal_column(str(shape.limit + 1)))
    )
    if shape.cursor:
        statement = statement.where(_beyond(keys, shape.backwards))
    return statement.offset(_OFFSET) if shape.deep else statement


def _directed(key: Key, backwards: bool) -> sa.ColumnElement[Any]:
    falling = key.descending != backwards
    return sa.UnaryExpression(key.column, modifier=desc_op if falling else asc_op)


def _beyond(keys: Sequence[Key], backwards: bool) -> sa.ColumnElement[bool]:
    """Say what lies after a row: as one comparison of rows where the directions allow an index."""
    after = [sa.bindparam(f"_after{at}", type_=key.column.type) for at, key in enumerate(keys)]
    falling = [key.descending != backwards for key in keys]
    columns = [key.column for key in keys]
    if len(set(falling)) == 1:
        left, right = sa.tuple_(*columns), sa.tuple_(*after)
        return left < right if falling[0] else left > right
    ways = []
    for at, column in enumerate(columns):
        same = [columns[before] == after[before] for before in range(at)]
        ways.append(sa.and_(*same, column < after[at] if falling[at] else column > after[at]))
    first = columns[0] <= after[0] if falling[0] else columns[0] >= after[0]
    return sa.and_(first, sa.or_(*ways))


def _total(query: Query[Any], shape: Shape) -> Any:
    if query.total is not None:
        return query.total
    counted = query.statement if query.count is True else query.count
    counted = counted.order_by(None)
    if not (counted._group_by_clauses or counted._distinct):
        counted = counted.with_only_columns(sa.literal_column("1"), maintain_column_froms=True)
    if not shape.short:
        counted = counted.limit(sa.literal_column(str(COUNTED + 1)))
    return sa.select(sa.func.count()).select_from(counted.subquery("c"))


def page_of(query: Query[Any], asked: Ask, answer: bytes) -> Page[Any]:
    """Make a page of the one row that a paged statement gives."""
    at = answer.index(_ROWS)
    meta = orjson.loads(answer[answer.index(b"{", 2) : at + 1])
    rows = answer[at + len(_ROWS) : -2]
    if isinstance(asked.params, PageParams):
        return Page(rows, query.row, _short(asked.params, meta["total"]))
    kept = query.total is not None
    return Page(rows, query.row, _long(asked, asked.params, meta, kept=kept))


def _short(params: PageParams, total: int | None) -> dict[str, Any]:
    pages = None if total is None else -(-total // params.limit)
    return {"page": params.page, "limit": params.limit, "total": total, "totalPages": pages}


def _long(asked: Ask, params: CursorParams, meta: dict[str, Any], *, kept: bool) -> dict[str, Any]:
    backwards = asked.shape.backwards
    more = meta["count"] > params.limit
    onwards = backwards or more
    before = more if backwards else asked.shape.cursor or asked.shape.deep
    keys = meta["keys"] or [()]
    first, last = (keys[-1], keys[0]) if backwards else (keys[0], keys[-1])
    total = meta["total"]
    return {
        "limit": params.limit,
        "next": _cursor(asked, last, backwards=False) if last and onwards else None,
        "prev": _cursor(asked, first, backwards=True) if first and before else None,
        "total": total if total is None or kept else min(total, COUNTED),
        "totalExact": total is not None and (kept or total <= COUNTED),
    }


def _cursor(asked: Ask, values: Sequence[str], *, backwards: bool) -> str:
    content = orjson.dumps([asked.statement.mark, backwards, *values])
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _opened(cursor: str) -> tuple[str, bool, list[str]]:
    try:
        content = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", True))
    except (binascii.Error, ValueError):
        raise InvalidCursor from None
    if not isinstance(content, list) or len(content) < 3 or not isinstance(content[1], bool):
        raise InvalidCursor
    if not all(isinstance(value, str) for value in (content[0], *content[2:])):
        raise InvalidCursor
    return content[0], content[1], content[2:]


def _moment(text: str) -> None:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(text)


def _whole(text: str) -> None:
    if not -(2**63) <= int(text) < 2**63:
        raise ValueError(text)


def _text(text: str) -> None:
    text.encode()
    if "\x00" in text:
        raise ValueError(text)


def _truth(text: str) -> None:
    if text not in ("true", "false"):
        raise ValueError(text)


_CHECKS: tuple[tuple[type[sa.types.TypeEngine[Any]], Callable[[str], object]], ...] = (
    (sa.Uuid, UUID),
    (sa.Boolean, _truth),
    (sa.SmallInteger, _whole),
    (sa.Integer, _whole),
    (sa.DateTime, _moment),
    (sa.Date, date.fromisoformat),
    (sa.Numeric, Decimal),
    (sa.String, _text),
)


def _check(kind: sa.types.TypeEngine[Any], value: str) -> None:
    for base, check in _CHECKS:
        if isinstance(kind, base):
            try:
                check(value)
            except (ValueError, InvalidOperation):
                raise InvalidCursor from None
            return
    raise InvalidCursor
