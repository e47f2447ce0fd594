"""Every statement of every `queries.py` is served by an index, under row-level security."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from itertools import combinations
from pkgutil import walk_packages
from typing import Any
from uuid import UUID

import pytest

import maru_board
from maru_board.lists.queries import FILTERS, posts_by
from maru_sdk.db import Query
from maru_sdk.testing import Company, Kit

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
SAMPLES: dict[str, Any] = {
    "since": SINCE,
    "until": SINCE,
    "horizon": SINCE,
    "count": 8,
    "version": 1,
    "prefix": "질문",
    "tag": "회식",
    "everyone": False,
    "open_only": True,
    "departments": [UUID(int=0)],
    "people": [UUID(int=0)],
    "roles": ["manager"],
    "popups": [UUID(int=0)],
}


def declared() -> Iterator[tuple[str, Query[Any]]]:
    """All queries, of the plugin and of its parts."""
    for module in walk_packages(maru_board.__path__, "maru_board."):
        if module.name.endswith("queries"):
            for name, found in vars(import_module(module.name)).items():
                if isinstance(found, Query) and not name.startswith("_"):
                    yield f"{module.name.removeprefix('maru_board.')}.{name}", found


QUERIES = dict(declared())


def arguments_of(query: Query[Any]) -> dict[str, Any]:
    """What a query must be given; ids that nobody has unless a sample is there."""
    needed = [one.key for one in query.statement.compile().binds.values() if one.required]
    return {name: SAMPLES.get(name, UUID(int=0)) for name in needed}


def test_parts_are_examined_too() -> None:
    assert {"queries.POSTS", "comments.queries.COMMENTS"} <= set(QUERIES)


@pytest.mark.parametrize("name", sorted(QUERIES))
async def test_query_scans_no_table(maru: Kit, company: Company, name: str) -> None:
    query = QUERIES[name]
    assert await maru.explain(company, query, **arguments_of(query)) == []


@pytest.mark.parametrize("many", [1, 2, 5])
async def test_no_filter_scans_a_table(maru: Kit, company: Company, many: int) -> None:
    for names in combinations(FILTERS, many):
        query = posts_by(*names)
        assert await maru.explain(company, query, **arguments_of(query)) == [], names
