"""Statements that a connection has prepared, so that PostgreSQL plans them once and not each time.

Planning a page of a list took three quarters of its time. What is asked for again and again is
prepared on the connection that asks; the rest, and everything behind a pooler, is planned anew.
"""

from collections import Counter, OrderedDict
from typing import Protocol

OFTEN = 3
AT_MOST = 64
REMEMBERED = 1_000


class Executes(Protocol):
    """What plans need of a connection."""

    async def execute(self, query: str) -> str: ...


class Plans:
    """The prepared statements of one connection, the longest unused going first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._asked: Counter[str] = Counter()
        self._number = 0

    async def name(self, connection: Executes, sql: str) -> str | None:
        """The name under which this is prepared, None while it hasn't been asked for often."""
        name = self._kept.get(sql)
        if name is not None:
            self._kept.move_to_end(sql)
            return name
        self._asked[sql] += 1
        if self._asked[sql] >= OFTEN:
            return await self._prepare(connection, sql)
        if len(self._asked) > REMEMBERED:
            self._asked.clear()
        return None

    async def _prepare(self, connection: Executes, sql: str) -> str:
        """A number is never used twice: who leaves in the middle leaves a name behind."""
        self._number += 1
        name = f"maru_{self._number}"
        body = f"SELECT coalesce(json_agg(q), '[]')::text FROM ({sql}) q"  # noqa: S608
        await connection.execute(f"{self._make_room()}PREPARE {name} (text[]) AS {body}")
        del self._asked[sql]
        self._kept[sql] = name
        return name

    def _make_room(self) -> str:
        if len(self._kept) < AT_MOST:
            return ""
        _, oldest = self._kept.popitem(last=False)
        return f"DEALLOCATE {oldest}; "
