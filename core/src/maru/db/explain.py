"""Shows whether a query is served by an index under row-level security, as the runtime role.

Row-level security lets only leakproof operators use an index, and nothing says so until a tenant
is large: hence a check for tests, on two tenants of very different size.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from asyncpg import Connection

from maru.db.harden import TENANT_ROWS_FOUND
from maru.db.paging import ask
from maru.db.read import compiled
from maru.db.scope import Scope
from maru_sdk import CursorParams, PageParams
from maru_sdk.db import Query


class NotIndexed(AssertionError):
    """A query reads a whole table, or all that a tenant has in it."""


async def plan(
    connection: Connection, scope: Scope, query: Query[Any], args: Mapping[str, Any], **how: Any
) -> dict[str, Any]:
    """Return PostgreSQL's plan of a query (of one page of it, with `page=`) for a tenant."""
    sql, arguments = _statement(query, args, how.get("page"))
    async with connection.transaction():
        await connection.execute(scope.sql())
        asked = f"EXPLAIN (FORMAT JSON) {_inlined(sql)}"
        found = await connection.fetchval(asked, *([arguments] if arguments else []))
    planned: dict[str, Any] = orjson.loads(found)[0]["Plan"]
    return planned


def _statement(
    query: Query[Any], args: Mapping[str, Any], page: PageParams | CursorParams | None
) -> tuple[str, list[str | None]]:
    if page is None:
        statement = compiled(query)
        return statement.sql, statement.arguments(args)
    asked = ask(query, page)
    return asked.statement.sql, asked.statement.places.values({**args, **asked.arguments})


def _inlined(sql: str) -> str:
    return sql.replace("($1)", "($1::text[])")


# Partitions of times yet to come.
_EMPTY = "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND reltuples = 0"


def scans(planned: Mapping[str, Any]) -> Iterator[str]:
    """List the tables that a plan reads from end to end."""
    if planned["Node Type"] == "Seq Scan":
        yield str(planned["Relation Name"])
    for part in planned.get("Plans", ()):
        yield from scans(part)


def sifts(planned: Mapping[str, Any]) -> Iterator[str]:
    """List the tables of which a plan reads all that the tenant has, to throw some of it away:
    there an index serves the policy alone, and not the query."""
    condition = planned.get("Index Cond") or planned.get("Recheck Cond")
    if "Filter" in planned and condition == TENANT_ROWS_FOUND:
        yield str(planned["Relation Name"])
    for part in planned.get("Plans", ()):
        yield from sifts(part)


async def assert_indexed(
    connection: Connection,
    scope: Scope,
    query: Query[Any],
    args: Mapping[str, Any],
    *,
    page: PageParams | CursorParams | None = None,
    whole: frozenset[str] = frozenset(),
) -> None:
    """Fail where no index serves a query's conditions; `whole` names tables that stay small.

    Analyse the tables first. PostgreSQL rightly scans a table that is small, or is one tenant's
    almost wholly: try it for a tenant with many rows and one with few, beside others' rows.
    """
    planned = await plan(connection, scope, query, args, page=page)
    empty = {row["relname"] for row in await connection.fetch(_EMPTY)}
    found = sorted({*scans(planned), *sifts(planned)} - whole - empty)
    if found:
        raise NotIndexed(f"{query!r} reads all of {', '.join(found)}")
