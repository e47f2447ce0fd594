"""Under which names what is kept is forgotten: as narrow as what a write changes.

| written                     | forgotten                                                         |
| --------------------------- | ----------------------------------------------------------------- |
| a comment                   | its post's comments, its board's lists, cards that show the post  |
| a post, while it is read    | it, its board's lists and count, cards, the newest; notices' own  |
| a board                     | it, and wherever boards are listed or named                       |
| the end of a board          | the same, and all posts that are kept, since it knows none of its |
"""

from typing import Final
from uuid import UUID

from maru_sdk import Context

BOARDS: Final = "boards"
"""The boards themselves, with how many posts each has."""
CARDS: Final = "cards"
"""The latest posts of each board, with how many comments they have."""
RECENT: Final = "recent"
"""The newest posts of all boards."""
NOTICES: Final = "notices"
"""The newest notices of all boards."""
POPUPS: Final = "popups"
"""The posts that pop up."""
WITHDRAWN: Final = "withdrawn"
"""Posts whose board may be gone with them."""
BOARD: Final = "board:{board_id}"
"""One board, with how many posts it has."""
LINES: Final = "lines:{board_id}"
"""The lists of one board's posts."""
POST: Final = "post:{post_id}"
"""The words of one post."""
COMMENTS: Final = "comments:{post_id}"
"""The comments of one post."""
PEOPLE: Final = "people"
"""Core's own: what shows names carries it."""


async def forget_board(ctx: Context, board_id: UUID) -> None:
    """A board came or was changed: all that names or lists it is old."""
    one = (BOARD.format(board_id=board_id), LINES.format(board_id=board_id))
    await ctx.cache.drop(BOARDS, CARDS, RECENT, NOTICES, *one)


async def forget_all_of(ctx: Context, board_id: UUID) -> None:
    """A board is no more, nor is what stands on it."""
    await ctx.cache.drop(WITHDRAWN)
    await forget_board(ctx, board_id)


async def forget_post(ctx: Context, board_id: UUID, post_id: UUID, *, notice: bool) -> None:
    """A post appeared, was changed or is no more; `notice` says whether it is or was one."""
    one = [BOARD.format(board_id=board_id), LINES.format(board_id=board_id)]
    one += [POST.format(post_id=post_id), COMMENTS.format(post_id=post_id)]
    await ctx.cache.drop(BOARDS, CARDS, RECENT, *([NOTICES] if notice else ()), *one)


async def forget_comments(ctx: Context, board_id: UUID, post_id: UUID, *, carded: bool) -> None:
    """A comment came or went; `carded` says whether the post stands on its board's card."""
    one = (LINES.format(board_id=board_id), COMMENTS.format(post_id=post_id))
    await ctx.cache.drop(*([CARDS] if carded else ()), *one)
