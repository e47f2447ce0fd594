"""Which plugin is tested, and the boards that most tests begin with."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest

from maru_board.boards import service as board_rules
from maru_board.posts import service as post_rules
from maru_board.schemas import BoardIn, PostIn
from maru_sdk.testing import Company

Write = Callable[..., Awaitable[UUID]]


@pytest.fixture(scope="session")
def plugin_key() -> str:
    return "board"


@pytest.fixture
async def board(company: Company) -> UUID:
    """A board that everybody writes on."""
    async with company.context() as ctx:
        return await board_rules.create_board(ctx, BoardIn(name="자유게시판"))


@pytest.fixture
def write(company: Company, board: UUID) -> Write:
    """Writes a post, as the member unless told."""

    async def written(title: str = "제목", by: Any = None, **given: Any) -> UUID:
        async with company.context(by or company.member) as ctx:
            return await post_rules.create_post(ctx, PostIn(board_id=board, title=title, **given))

    return written
