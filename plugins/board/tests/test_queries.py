"""Every statement of `queries.py` is served by an index, under row-level security."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from maru_board import queries
from maru_sdk.db import Query
from maru_sdk.testing import Company, Kit

NOBODY = UUID(int=0)
SINCE = datetime(2026, 11, 1, tzinfo=UTC)
ARGUMENTS: dict[str, dict[str, Any]] = {
    "BOARDS": {},
    "BOARD": {"board_id": NOBODY},
    "CARDS": {},
    "POST_COUNT": {},
    "POSTS_BETWEEN": {"since": SINCE, "until": SINCE},
    "POSTS": {"board_id": NOBODY},
    "POST": {"post_id": NOBODY, "reader": NOBODY},
    "WORDS": {"post_id": NOBODY},
    "COUNTED": {"post_id": NOBODY, "reader": NOBODY},
    "WAITING": {"board_id": NOBODY, "author_id": NOBODY},
    "RECENT": {"count": 8},
    "NOTICES": {"count": 8},
    "COMMENTS": {"post_id": NOBODY},
    "COMMENT": {"post_id": NOBODY, "comment_id": NOBODY},
}


def test_every_query_is_examined() -> None:
    declared = {name for name, found in vars(queries).items() if isinstance(found, Query)}
    assert declared == set(ARGUMENTS)


@pytest.mark.parametrize("name", sorted(ARGUMENTS))
async def test_query_scans_no_table(maru: Kit, company: Company, name: str) -> None:
    query = getattr(queries, name)
    assert await maru.explain(company, query, **ARGUMENTS[name]) == []
