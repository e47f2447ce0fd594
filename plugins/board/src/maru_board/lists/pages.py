"""The page of a board: its posts as a list or as pictures, all of them or those of a filter."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator

from maru_board import queries
from maru_board.attention.service import mark_of
from maru_board.following.service import follows
from maru_board.lists.queries import posts_by
from maru_board.lists.schemas import Filter
from maru_board.permissions import MODERATE, READ, WRITE
from maru_board.reading import lines_of, readable_board
from maru_board.schemas import BoardOut, PostLine, PostLines
from maru_board.settings import BoardSettings
from maru_sdk import Context, CursorParams, Model, page


def _none(value: object) -> object:
    """A form sends an empty field where it means none."""
    return value or None


Day = Annotated[date | None, BeforeValidator(_none)]


class OneBoard(Model):
    """One page of a board's posts."""

    board: BoardOut
    posts: list[PostLine]
    waiting: list[PostLine]
    unread: list[UUID]
    follows: bool
    newer: str
    older: str
    asked: dict[str, Any]
    view: str
    me: UUID
    can_write: bool
    moderates: bool


@page("/{board_id}", title="Board", template="board/board.html", needs=READ)
async def one_board(
    ctx: Context,
    board_id: UUID,
    cursor: str | None = None,
    prefix: str = "",
    tag: str = "",
    author: Annotated[UUID | None, BeforeValidator(_none)] = None,
    since: Day = None,
    until: Day = None,
    view: str = "",
) -> OneBoard:
    """A board's posts, pinned ones first; by a filter the newest first."""
    board = await readable_board(ctx, board_id)
    wanted = Filter(prefix, tag, author, since, until)
    lines = await posts_of(ctx, board_id, wanted, cursor)
    view = view if view in ("list", "gallery") else board.view
    waiting = [] if cursor or wanted else await _waiting(ctx, board_id)
    kept = wanted.query + (f"&view={view}" if view != board.view else "")
    return OneBoard(
        board=board,
        posts=lines.posts,
        waiting=waiting,
        unread=await _unread(ctx, board_id, lines.posts),
        follows=await follows(ctx, "board", board_id),
        newer=_at(board_id, kept, lines.newer),
        older=_at(board_id, kept, lines.older),
        asked=dict(wanted.asked),
        view=view,
        me=ctx.me.id,
        can_write=may_write(ctx, board),
        moderates=ctx.can(MODERATE, on=board),
    )


async def posts_of(ctx: Context, board_id: UUID, wanted: Filter, cursor: str | None) -> PostLines:
    """One page of a board's posts; without a filter what is kept for all."""
    size = (await ctx.settings(BoardSettings)).page_size
    if not wanted:
        return await lines_of(ctx, board_id, cursor, size)
    asked = CursorParams(cursor=cursor, limit=size)
    query, given = posts_by(*wanted.asked), wanted.arguments(ctx.zone)
    found = await ctx.page(query, asked, board_id=board_id, **given)
    around = found.pagination
    return PostLines(posts=list(found), newer=around["prev"], older=around["next"], total=None)


def may_write(ctx: Context, board: BoardOut) -> bool:
    """Whether the person at hand may write on a board now."""
    needed = MODERATE if board.moderators_write else WRITE
    return board.takes_posts and ctx.can(needed, on=board)


async def _unread(ctx: Context, board_id: UUID, posts: list[PostLine]) -> list[UUID]:
    """Which of the posts are new to the reader."""
    mark = await mark_of(ctx, board_id)
    return [one.id for one in posts if mark.is_unread(one.id, one.published_at)]


async def _waiting(ctx: Context, board_id: UUID) -> list[PostLine]:
    return list(await ctx.read(queries.WAITING, board_id=board_id, author_id=ctx.me.id))


def _at(board_id: UUID, kept: str, cursor: str | None) -> str:
    return f"/board/{board_id}?{kept}&cursor={cursor}".replace("?&", "?") if cursor else ""


PAGES = (one_board,)
