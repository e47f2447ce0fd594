"""What pages and answers read again and again, the same for everybody who may read.

What is kept here knows no reader: who asks says first whether this reader may read it, and fetches
apart what is the reader's own. A post that waits for its time is few people's: it isn't kept.
"""

from uuid import UUID

from maru_board import queries, tags
from maru_board.errors import BoardNotFound, PostNotFound
from maru_board.permissions import READ
from maru_board.posts.seal import is_sealed_mine
from maru_board.posts.service import shown_post
from maru_board.schemas import (
    BoardCard,
    BoardOut,
    GroupOut,
    PostLines,
    PostShown,
    PostWords,
    RecentPost,
)
from maru_sdk import Context, CursorParams, cached

MOST_RECENT = 20

# Boards


@cached("5m", tags=(tags.BOARDS, tags.CARDS), audience="tenant")
async def cards(ctx: Context) -> list[BoardCard]:
    """The boards with their latest posts."""
    return list(await ctx.read(queries.CARDS))


@cached("5m", tags=(tags.BOARDS,), audience="tenant")
async def groups_of(ctx: Context) -> list[GroupOut]:
    """The groups of boards, in their order."""
    return list(await ctx.read(queries.GROUPS))


async def readable_board(ctx: Context, board_id: UUID) -> BoardOut:
    """A board that this reader may read; to others there is none. Of what is done on an anonymous
    one the log names nobody: who looked just before and after would be who wrote."""
    board = await board_of(ctx, board_id)
    if not ctx.can(READ, on=board):
        raise BoardNotFound
    if board.is_anonymous:
        ctx.unname()
    return board


@cached("5m", tags=(tags.BOARD,), audience="tenant")
async def board_of(ctx: Context, board_id: UUID) -> BoardOut:
    """A board that isn't deleted."""
    found = await ctx.read(queries.BOARD, board_id=board_id)
    if not found:
        raise BoardNotFound
    return found[0]


@cached("1m", tags=(tags.LINES, tags.PEOPLE), audience="tenant")
async def lines_of(ctx: Context, board_id: UUID, cursor: str | None, limit: int) -> PostLines:
    """One page of a board's posts, pinned ones first."""
    asked = CursorParams(cursor=cursor, limit=limit)
    found = await ctx.page(queries.POSTS, asked, board_id=board_id)
    around = found.pagination
    return PostLines(
        posts=list(found), newer=around["prev"], older=around["next"], total=around["total"]
    )


# The newest of all boards: as many as anybody shows, so that one reading serves every number.


@cached("5m", tags=(tags.RECENT, tags.PEOPLE), audience="tenant")
async def recent(ctx: Context) -> list[RecentPost]:
    """The newest posts."""
    return list(await ctx.read(queries.RECENT, count=MOST_RECENT))


@cached("5m", tags=(tags.LINES, tags.PEOPLE), audience="tenant")
async def recent_on(ctx: Context, board_id: UUID) -> list[RecentPost]:
    """The newest posts of one board."""
    return list(await ctx.read(queries.RECENT_ON, board_id=board_id, count=MOST_RECENT))


@cached("5m", tags=(tags.NOTICES, tags.PEOPLE), audience="tenant")
async def notices(ctx: Context) -> list[RecentPost]:
    """The newest notices."""
    return list(await ctx.read(queries.NOTICES, count=MOST_RECENT))


# Posts


@cached("10m", tags=(tags.POST, tags.WITHDRAWN, tags.PEOPLE), audience="tenant")
async def words_of(ctx: Context, post_id: UUID) -> PostWords | None:
    """What a published post says; its counters and who has seen it are read apart."""
    found = await ctx.read(queries.WORDS, post_id=post_id)
    return found[0] if found else None


async def published_post(ctx: Context, post_id: UUID) -> PostWords:
    """A published post on a board that this reader may read."""
    words = await words_of(ctx, post_id)
    if words is None or not ctx.can(READ, on=words):
        raise PostNotFound
    if words.author is None:
        ctx.unname()
    return words


async def readable_post(ctx: Context, post_id: UUID) -> PostShown:
    """`shown_post`, of which only counters and the reader's mark are read for each."""
    words = await words_of(ctx, post_id)
    if words is None:
        return await shown_post(ctx, post_id)
    if not ctx.can(READ, on=words):
        raise PostNotFound
    if words.author is None:
        ctx.unname()
    try:
        board = await board_of(ctx, words.board_id)
    except BoardNotFound as gone:
        raise PostNotFound from gone
    counted = await ctx.read(queries.COUNTED, post_id=post_id, reader=ctx.me.id)
    if not counted:
        raise PostNotFound
    about = {"board_name": board.name, "board_is_closed": not board.takes_posts}
    return PostShown(**dict(words), **dict(counted[0]), **about, is_mine=await _mine(ctx, words))


async def _mine(ctx: Context, post: PostWords) -> bool:
    if post.author is None:
        return await is_sealed_mine(ctx, post.id)
    return post.author.id == ctx.me.id


def at(path: str, cursor: object) -> str:
    """The address of a page of a list, empty where there is none."""
    return f"{path}?cursor={cursor}" if cursor else ""
