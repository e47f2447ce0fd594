"""Every SELECT about following."""

from typing import Any
from uuid import UUID

from maru_board.following.models import Subscription
from maru_board.following.schemas import Follower, SubscriptionOut
from maru_board.models import Board, Post
from maru_sdk.db import (
    Query,
    and_,
    bindparam,
    case,
    col,
    desc,
    func,
    or_,
    people,
    person_name,
    select,
    select_as,
)


def _of(kind: str) -> Any:
    return col(Subscription.kind) == kind


_TITLE = select(Post.title).where(col(Post.id) == Subscription.target_id).scalar_subquery()
_BOARD = (
    select(Board.name)
    .where(col(Board.id) == Subscription.target_id, ~col(Board.is_deleted))
    .scalar_subquery()
)
_NAME = case(
    (_of("board"), _BOARD), (_of("post"), _TITLE), else_=person_name(Subscription.target_id)
)

MINE = Query(
    select_as(SubscriptionOut, Subscription, name=_NAME).where(
        col(Subscription.person_id) == bindparam("reader")
    ),
    SubscriptionOut,
    order=[desc(Subscription.id)],
)

_PERSON = people()
_THERE = and_(
    _PERSON.c.tenant_id == Subscription.tenant_id,
    _PERSON.c.id == Subscription.person_id,
    _PERSON.c.state == "active",
)


def _followers(*of: Any) -> Query[Follower]:
    return Query(
        select(col(Subscription.person_id).label("person_id"))
        .join(_PERSON, _THERE)
        .where(or_(*of))
        .group_by(col(Subscription.person_id)),
        Follower,
    )


# Who hears of a new post, and who of a comment.
OF_POSTS = _followers(
    and_(_of("board"), col(Subscription.target_id) == bindparam("board_id")),
    and_(_of("author"), col(Subscription.target_id) == bindparam("author_id")),
)
OF_COMMENTS = _followers(and_(_of("post"), col(Subscription.target_id) == bindparam("post_id")))


def of_reader(reader: UUID, kind: str, target_id: UUID) -> Any:
    """Whether somebody follows something."""
    return select(Subscription.id).where(
        col(Subscription.person_id) == reader, _of(kind), col(Subscription.target_id) == target_id
    )


def count_of(reader: UUID) -> Any:
    """How much somebody follows."""
    return select(func.count()).where(col(Subscription.person_id) == reader)
