"""Every SELECT about comments."""

from typing import Any
from uuid import UUID

from maru_board.comments.models import Comment
from maru_board.comments.schemas import CommentOut
from maru_board.queries import locked, person
from maru_sdk.db import Query, asc, bindparam, col, exists, select, select_as

COMMENTS = Query(
    select_as(CommentOut, Comment, author=person(Comment.author_id)).where(
        col(Comment.post_id) == bindparam("post_id")
    ),
    CommentOut,
    order=[asc(Comment.thread_id), asc(Comment.id)],
)
COMMENT = Query(
    COMMENTS.statement.where(col(Comment.id) == bindparam("comment_id")),
    CommentOut,
)


def comment_locked(comment_id: UUID) -> Any:
    """A comment that is about to be answered or to go."""
    return locked(select(Comment).where(col(Comment.id) == comment_id))


def post_of(comment_id: UUID) -> Any:
    """The id of a comment's post."""
    return select(Comment.post_id).where(col(Comment.id) == comment_id)


def has_answers(comment_id: UUID) -> Any:
    """Whether anybody answered a comment."""
    return select(exists(select(Comment.id).where(col(Comment.parent_id) == comment_id)))
