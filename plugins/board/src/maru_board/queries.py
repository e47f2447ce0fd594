"""Every SELECT of the plugin. Lists and pages run through `ctx.read`, one round trip each; what a
rule locks runs in the transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from maru_board.attention.models import PostView
from maru_board.models import Board, BoardGroup, Post, PostTemplate, SealedAuthor
from maru_board.schemas import (
    BoardCard,
    BoardOut,
    Counted,
    GroupOut,
    LatestPost,
    MyPost,
    PostCount,
    PostLine,
    PostShown,
    PostWords,
    RecentPost,
    Template,
)
from maru_sdk.db import (
    JSONB,
    Integer,
    Query,
    asc,
    bindparam,
    case,
    col,
    desc,
    exists,
    func,
    literal,
    or_,
    person_name,
    select,
    select_as,
)

SHOWN_ON_CARD = 3


def person(column: Any) -> Any:
    """A person as answers hold one: `{"id", "name"}`; NULL for nobody."""
    found = func.json_build_object("id", column, "name", person_name(column), type_=JSONB)
    return case((col(column).is_not(None), found))


AUTHOR = person(Post.author_id)
_ALIVE = ~col(Board.is_deleted)
_VISIBLE = col(Post.is_published)
_NEWEST = (desc(Post.published_at), desc(Post.id))


def _latest() -> Any:
    """A board's latest posts as a JSON list."""
    newest = (
        select_as(LatestPost, Post)
        .where(col(Post.board_id) == Board.id, _VISIBLE)
        .order_by(desc(Post.is_pinned), *_NEWEST)
        .limit(SHOWN_ON_CARD)
        .correlate(Board)
        .subquery("newest")
    )
    found = func.jsonb_agg(func.to_jsonb(newest.table_valued()))
    listed = func.coalesce(found, literal([], JSONB), type_=JSONB)
    return select(listed).select_from(newest).scalar_subquery()


BOARDS = Query(
    select_as(BoardOut, Board).where(_ALIVE),
    BoardOut,
    order=[asc(Board.position), asc(Board.id)],
    sorts={"name": Board.name, "position": Board.position, "created_at": Board.created_at},
)
POST_COUNT = Query(
    select(func.coalesce(func.sum(col(Board.post_count)), 0).label("posts")).where(_ALIVE),
    PostCount,
)
POSTS_BETWEEN = Query(
    select(func.count().label("posts"))
    .select_from(Post)
    .where(
        _VISIBLE,
        col(Post.published_at) >= bindparam("since"),
        col(Post.published_at) < bindparam("until"),
    ),
    PostCount,
)
GROUPS = Query(
    select_as(GroupOut, BoardGroup).order_by(asc(BoardGroup.position), asc(BoardGroup.id)), GroupOut
)
TEMPLATES = Query(
    select_as(Template, PostTemplate)
    .where(col(PostTemplate.board_id) == bindparam("board_id"))
    .order_by(asc(PostTemplate.id)),
    Template,
)
BOARD = Query(
    select_as(BoardOut, Board).where(_ALIVE, col(Board.id) == bindparam("board_id")), BoardOut
)
CARDS = Query(
    select_as(BoardCard, Board, latest=_latest())
    .where(_ALIVE)
    .order_by(asc(Board.position), asc(Board.id)),
    BoardCard,
)

# The board is looked up once, as a condition of the whole: its posts are read in index order.
POSTS = Query(
    select_as(PostLine, Post, author=AUTHOR).where(
        col(Post.board_id) == bindparam("board_id"),
        _VISIBLE,
        exists(select(Board.id).where(col(Board.id) == bindparam("board_id"), _ALIVE)),
    ),
    PostLine,
    order=[desc(Post.is_pinned), *_NEWEST],
    total=select(Board.post_count).where(col(Board.id) == bindparam("board_id")),
)
_SEEN = exists(
    select(PostView.id).where(
        col(PostView.post_id) == Post.id, col(PostView.person_id) == bindparam("reader")
    )
)
POST = Query(
    select_as(
        PostShown,
        Post,
        author=AUTHOR,
        board_name=Board.name,
        board_is_closed=or_(col(Board.is_closed), col(Board.is_archived)),
        seen=_SEEN,
        is_mine=func.coalesce(col(Post.author_id) == bindparam("reader"), False),
    )
    .join(Board, col(Board.id) == Post.board_id)
    .where(col(Post.id) == bindparam("post_id"), _ALIVE),
    PostShown,
)
# A post in two parts: what it says, the same for all its readers, and what reading changes.
WORDS = Query(
    select_as(PostWords, Post, author=AUTHOR).where(
        col(Post.id) == bindparam("post_id"),
        _VISIBLE,
        exists(select(Board.id).where(col(Board.id) == Post.board_id, _ALIVE)),
    ),
    PostWords,
)
COUNTED = Query(
    select_as(Counted, Post, seen=_SEEN).where(col(Post.id) == bindparam("post_id")), Counted
)
WAITING = Query(
    select_as(PostLine, Post, author=AUTHOR)
    .where(
        col(Post.board_id) == bindparam("board_id"),
        col(Post.author_id) == bindparam("author_id"),
        ~_VISIBLE,
        col(Post.gone) == "",
    )
    .order_by(asc(Post.published_at)),
    PostLine,
)


def _recent(*conditions: Any) -> Query[RecentPost]:
    """The newest posts of all boards."""
    return Query(
        select_as(RecentPost, Post, board_name=Board.name, author=AUTHOR)
        .join(Board, col(Board.id) == Post.board_id)
        .where(_VISIBLE, _ALIVE, *conditions)
        .order_by(*_NEWEST)
        .limit(bindparam("count", type_=Integer())),
        RecentPost,
    )


RECENT = _recent()
RECENT_ON = _recent(col(Post.board_id) == bindparam("board_id"))
NOTICES = _recent(col(Post.is_notice))
MY_POSTS = Query(
    select_as(MyPost, Post, board_name=Board.name)
    .join(Board, col(Board.id) == Post.board_id)
    .where(col(Post.author_id) == bindparam("author_id"), _ALIVE)
    .order_by(desc(Post.id))
    .limit(bindparam("count", type_=Integer())),
    MyPost,
)


def locked(statement: Any) -> Any:
    """The rows as they are once others have finished with them, and held until the commit."""
    return statement.with_for_update().execution_options(populate_existing=True)


def board_locked(board_id: UUID) -> Any:
    """A board that its counters or its end change."""
    return locked(select(Board).where(col(Board.id) == board_id, _ALIVE))


def deleted_board(board_id: UUID) -> Any:
    """A board that is about to go for good."""
    return locked(select(Board).where(col(Board.id) == board_id, col(Board.is_deleted)))


def group_locked(group_id: UUID) -> Any:
    """A group that is about to change, or to get a board."""
    return locked(select(BoardGroup).where(col(BoardGroup.id) == group_id))


def post_locked(post_id: UUID) -> Any:
    """A post that is about to change. Whoever locks a comment too locks its post first."""
    return locked(select(Post).where(col(Post.id) == post_id))


def is_anonymous(board_id: UUID) -> Any:
    """Whether a board names nobody."""
    return select(Board.is_anonymous).where(col(Board.id) == board_id)


def is_sealed(post_id: UUID) -> Any:
    """Whether a post names nobody."""
    return select(col(Post.author_id).is_(None)).where(col(Post.id) == post_id)


def sealed(*on_ids: UUID) -> Any:
    """What is kept under seal about an anonymous post or comment."""
    return select(SealedAuthor).where(col(SealedAuthor.on_id).in_(on_ids))


def on_card(board_id: UUID, post_id: UUID) -> Any:
    """Whether a post is among those that its board's card shows."""
    shown = (
        select(Post.id)
        .where(col(Post.board_id) == board_id, _VISIBLE)
        .order_by(desc(Post.is_pinned), *_NEWEST)
        .limit(SHOWN_ON_CARD)
        .subquery("shown")
    )
    return select(exists(select(shown.c.id).where(shown.c.id == post_id)))


def due(now: datetime, count: int) -> Any:
    """Waiting posts whose time has come, leaving out those that another run holds."""
    return (
        select(Post)
        .where(~_VISIBLE, col(Post.gone) == "", col(Post.published_at) <= now)
        .order_by(asc(Post.published_at))
        .limit(count)
        .with_for_update(skip_locked=True)
    )


def left_of(board_id: UUID) -> Any:
    """How many posts a board has, drafts among them."""
    return select(func.count()).where(col(Post.board_id) == board_id)


def some_of(board_id: UUID, count: int) -> Any:
    """The ids of some posts of a board."""
    return select(Post.id).where(col(Post.board_id) == board_id).limit(count)


def _open() -> Any:
    """Published posts of boards that are there."""
    return (
        select(Post)
        .join(Board, (col(Board.tenant_id) == Post.tenant_id) & (col(Board.id) == Post.board_id))
        .where(_VISIBLE, _ALIVE)
    )


def sought(ids: list[UUID]) -> Any:
    """Those of these posts that anybody may be allowed to read."""
    return _open().where(col(Post.id).in_(ids))


def sought_after(after: UUID | None, count: int) -> Any:
    """The next such posts, in the order of their ids."""
    later = _open() if after is None else _open().where(col(Post.id) > after)
    return later.order_by(asc(Post.id)).limit(count)
