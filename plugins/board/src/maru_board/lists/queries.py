"""The SELECT of a filtered list: one statement for each set of filters, all read in index order."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from maru_board.models import Board, Post, PostTag
from maru_board.queries import AUTHOR
from maru_board.schemas import PostLine
from maru_sdk.db import Query, bindparam, col, desc, exists, select, select_as

_PLACE: Final = {"published_at": Post.published_at, "id": Post.id}
_TAGGED: Final = {"published_at": PostTag.published_at, "id": PostTag.post_id}
_CONDITIONS: Final[Mapping[str, Any]] = {
    "prefix": col(Post.prefix) == bindparam("prefix"),
    "author": col(Post.author_id) == bindparam("author"),
}
FILTERS: Final = ("prefix", "tag", "author", "since", "until")


@cache
def posts_by(*filters: str) -> Query[PostLine]:
    """A board's posts by these filters, the newest first; a tag's are read from its own index."""
    tagged = "tag" in filters
    place = _TAGGED if tagged else _PLACE
    statement = select_as(PostLine, Post, author=AUTHOR).where(
        col(Post.board_id) == bindparam("board_id"),
        col(Post.is_published),
        exists(
            select(Board.id).where(col(Board.id) == bindparam("board_id"), ~col(Board.is_deleted))
        ),
        *(_CONDITIONS[name] for name in filters if name in _CONDITIONS),
        *_between(filters, place["published_at"]),
    )
    if tagged:
        statement = statement.join(PostTag, col(PostTag.post_id) == Post.id).where(
            col(PostTag.board_id) == bindparam("board_id"), col(PostTag.tag) == bindparam("tag")
        )
    order = [desc(place["published_at"]), desc(place["id"])]
    return Query(statement, PostLine, order=order, count=False)


def _between(filters: tuple[str, ...], moment: Any) -> list[Any]:
    found = []
    if "since" in filters:
        found.append(col(moment) >= bindparam("since"))
    if "until" in filters:
        found.append(col(moment) < bindparam("until"))
    return found
