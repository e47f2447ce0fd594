"""Every SELECT about posts that are gone, or are about to go."""

from datetime import datetime
from typing import Any
from uuid import UUID

from maru_board.models import Board, Post
from maru_board.queries import AUTHOR
from maru_board.schemas import PostLine
from maru_board.trash.schemas import Keeping
from maru_sdk.db import Query, asc, bindparam, col, desc, select, select_as

TRASH = Query(
    select_as(PostLine, Post, author=AUTHOR).where(
        col(Post.board_id) == bindparam("board_id"), col(Post.gone) == "trashed"
    ),
    PostLine,
    order=[desc(Post.id)],
    count=False,
)
OWN_TRASH = Query(
    TRASH.statement.where(col(Post.author_id) == bindparam("author_id")),
    PostLine,
    order=[desc(Post.id)],
    count=False,
)
KEEPING = Query(
    select_as(Keeping, Board).where(col(Board.retention_days).is_not(None), ~col(Board.is_deleted)),
    Keeping,
)


def ended(now: datetime, count: int) -> Any:
    """Posts whose time is over, leaving out those that another run holds."""
    over = (col(Post.is_published), col(Post.expires_at) <= now)
    return _some(over, asc(Post.expires_at), count)


def older(board_id: UUID, before: datetime, count: int) -> Any:
    """A board's posts from before a time; what is pinned stays."""
    old = (
        col(Post.board_id) == board_id,
        col(Post.is_published),
        ~col(Post.is_pinned),
        col(Post.published_at) < before,
    )
    return _some(old, asc(Post.published_at), count)


def _some(conditions: tuple[Any, ...], order: Any, count: int) -> Any:
    found = select(Post).where(*conditions).order_by(order).limit(count)
    return found.with_for_update(skip_locked=True)


def stale(before: datetime, count: int) -> Any:
    """The ids of posts that have lain in the trash since before a time."""
    lain = (col(Post.gone) == "trashed", col(Post.gone_at) < before)
    return select(Post.id).where(*lain).order_by(asc(Post.gone_at)).limit(count)
