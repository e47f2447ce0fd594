"""Every statement of every `queries.py` is served by an index, under row-level security."""

import pkgutil
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from itertools import combinations
from typing import Any
from uuid import UUID

import pytest

import maru_board
from maru_board.lists.queries import FILTERS, posts_by
from maru_sdk.db import Query
from maru_sdk.testing import Company, Kit

NOBODY = UUID(int=0)
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
POST, BOARD = {"post_id": NOBODY}, {"board_id": NOBODY}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "BOARDS": {},
    "BOARD": BOARD,
    "CARDS": {},
    "GROUPS": {},
    "TEMPLATES": BOARD,
    "POST_COUNT": {},
    "POSTS_BETWEEN": {"since": SINCE, "until": SINCE},
    "POSTS": BOARD,
    "POST": POST | {"reader": NOBODY},
    "WORDS": POST,
    "COUNTED": POST | {"reader": NOBODY},
    "WAITING": BOARD | {"author_id": NOBODY},
    "RECENT": {"count": 8},
    "NOTICES": {"count": 8},
    "COMMENTS": POST,
    "COMMENT": POST | {"comment_id": NOBODY},
    "drafts.DRAFT": BOARD | {"person_id": NOBODY},
    "revisions.REVISIONS": POST,
    "revisions.CHANGE": POST | {"version": 1},
    "trash.TRASH": BOARD,
    "trash.OWN_TRASH": BOARD | {"author_id": NOBODY},
    "trash.KEEPING": {},
}
WANTED = {"prefix": "질문", "tag": "회식", "author": NOBODY, "since": SINCE, "until": SINCE}


def declared() -> Iterator[tuple[str, Query[Any]]]:
    """The queries of the plugin and of its features, these by the feature's name."""
    for module in pkgutil.walk_packages(maru_board.__path__, "maru_board."):
        _, *feature, last = module.name.split(".")
        if last == "queries":
            for name, found in vars(import_module(module.name)).items():
                if isinstance(found, Query):
                    yield ".".join([*feature, name]), found


def test_every_query_is_examined() -> None:
    assert dict(declared()).keys() == ARGUMENTS.keys()


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
async def test_query_scans_no_table(maru: Kit, company: Company, name: str) -> None:
    query = dict(declared())[name]
    assert await maru.explain(company, query, **ARGUMENTS[name]) == []


@pytest.mark.parametrize("many", [1, 2, 5])
async def test_no_filter_scans_a_table(maru: Kit, company: Company, many: int) -> None:
    for names in combinations(FILTERS, many):
        given = BOARD | {name: WANTED[name] for name in names}
        assert await maru.explain(company, posts_by(*names), **given) == [], names
