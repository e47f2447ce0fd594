"""Every SELECT about required reading."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from maru_board.attention.models import PostView
from maru_board.models import Board, Post
from maru_board.queries import locked
from maru_board.required.models import Requirement
from maru_board.required.schemas import (
    Asked,
    Confirmed,
    DepartmentCount,
    OwedByMany,
    RequirementOut,
)
from maru_sdk.db import (
    ARRAY,
    Boolean,
    Integer,
    Query,
    Uuid,
    and_,
    asc,
    bindparam,
    col,
    exists,
    func,
    or_,
    people,
    role_holders,
    select,
    select_as,
)

MOST_AHEAD = timedelta(days=14)

_PERSON = people()
_MEANT = or_(
    bindparam("everyone", type_=Boolean()),
    _PERSON.c.department_id == func.any(bindparam("departments", type_=ARRAY(Uuid()))),
    _PERSON.c.id == func.any(bindparam("people", type_=ARRAY(Uuid()))),
    _PERSON.c.id.in_(role_holders()),
)
_VIEW = and_(
    col(PostView.tenant_id) == _PERSON.c.tenant_id,
    col(PostView.post_id) == bindparam("post_id"),
    col(PostView.person_id) == _PERSON.c.id,
)

REQUIREMENT = Query(
    select_as(RequirementOut, Requirement).where(col(Requirement.post_id) == bindparam("post_id")),
    RequirementOut,
)
CONFIRMED = Query(
    select_as(Confirmed, PostView).where(
        col(PostView.post_id) == bindparam("post_id"),
        col(PostView.person_id) == bindparam("reader"),
    ),
    Confirmed,
)

# The people who must read a post; with `open_only` those who haven't confirmed it.
ASKED = Query(
    select(
        _PERSON.c.id,
        _PERSON.c.name,
        _PERSON.c.department_id,
        col(PostView.created_at).label("read_at"),
        PostView.confirmed_at,
    )
    .select_from(_PERSON)
    .outerjoin(PostView, _VIEW)
    .where(
        _PERSON.c.state == "active",
        _MEANT,
        or_(~bindparam("open_only", type_=Boolean()), col(PostView.confirmed_at).is_(None)),
    ),
    Asked,
    order=[asc(_PERSON.c.name), asc(_PERSON.c.id)],
)
BY_DEPARTMENT = Query(
    select(
        _PERSON.c.department_id,
        func.count().label("people"),
        func.count(col(PostView.id)).label("opened"),
        func.count(col(PostView.confirmed_at)).label("confirmed"),
    )
    .select_from(_PERSON)
    .outerjoin(PostView, _VIEW)
    .where(_PERSON.c.state == "active", _MEANT)
    .group_by(_PERSON.c.department_id),
    DepartmentCount,
)

_DONE = exists(
    select(PostView.id).where(
        col(PostView.post_id) == Requirement.post_id,
        col(PostView.person_id) == bindparam("reader"),
        col(PostView.confirmed_at).is_not(None),
    )
)
OWED = Query(
    select_as(
        OwedByMany, Requirement, board_id=Post.board_id, title=Post.title, board_name=Board.name
    )
    .join(Post, col(Post.id) == Requirement.post_id)
    .join(Board, col(Board.id) == Post.board_id)
    .where(
        col(Requirement.due_at) > bindparam("since"),
        col(Post.is_published),
        ~col(Board.is_deleted),
        ~_DONE,
    )
    .order_by(asc(Requirement.due_at), asc(Requirement.id))
    .limit(bindparam("count", type_=Integer())),
    OwedByMany,
)


def requirement_locked(post_id: UUID) -> Any:
    """A requirement that is about to change."""
    return locked(select(Requirement).where(col(Requirement.post_id) == post_id))


def to_remind(now: datetime, count: int) -> Any:
    """Requirements that are due within two weeks and reminded nobody yet, leaving out those that
    another run holds."""
    return (
        select(Requirement)
        .join(
            Post,
            (col(Post.tenant_id) == Requirement.tenant_id) & (col(Post.id) == Requirement.post_id),
        )
        .where(
            col(Requirement.due_at) > now,
            col(Requirement.due_at) <= now + MOST_AHEAD,
            col(Requirement.reminded_at).is_(None),
            col(Requirement.remind_days) > 0,
            col(Post.is_published),
        )
        .order_by(asc(Requirement.due_at))
        .limit(count)
        .with_for_update(skip_locked=True, of=Requirement)
    )
