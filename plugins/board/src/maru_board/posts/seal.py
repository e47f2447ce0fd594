"""Who wrote an anonymous post or comment: sealed when it is written, opened by an audited act.

The post's row names nobody, and so do its lists, events, search and revisions. Whether somebody
wrote a post themselves is answered without telling who did.
"""

from uuid import UUID

from maru_board import queries
from maru_board.errors import PostNotFound
from maru_board.models import SealedAuthor
from maru_board.permissions import UNSEAL
from maru_board.schemas import Author
from maru_sdk import Context
from maru_sdk.db import Encrypted, col, delete


async def seal(ctx: Context, on_id: UUID, author_id: UUID) -> None:
    """Keeps who wrote this, under seal."""
    ctx.db.add(SealedAuthor(on_id=on_id, author=Encrypted(str(author_id))))
    await ctx.db.flush()


async def is_sealed_mine(ctx: Context, on_id: UUID) -> bool:
    """Whether the person at hand wrote this."""
    return ctx.user is not None and await _opened(ctx, on_id) == ctx.user.id


async def sealed_mine(ctx: Context, on_ids: list[UUID]) -> list[UUID]:
    """Which of these the person at hand wrote."""
    rows = await ctx.db.scalars(queries.sealed(*on_ids))
    opened = [(row.on_id, await ctx.open(SealedAuthor.author, row)) for row in rows]
    return [on_id for on_id, author in opened if ctx.user and author == str(ctx.user.id)]


async def unsealed(ctx: Context, on_id: UUID, reason: str) -> Author:
    """Who wrote an anonymous post. That it was asked, by whom and why, is written down first."""
    ctx.require(UNSEAL)
    author_id = await _opened(ctx, on_id)
    if author_id is None:
        raise PostNotFound
    await ctx.audit("board.post_unsealed", str(on_id), after={"reason": reason})
    names = await ctx.people.names([author_id])
    return Author(id=author_id, name=names.get(author_id, ""))


async def forget_seals(ctx: Context, *on_ids: UUID) -> None:
    """What was sealed goes with what it was on."""
    await ctx.db.execute(delete(SealedAuthor).where(col(SealedAuthor.on_id).in_(on_ids)))


async def _opened(ctx: Context, on_id: UUID) -> UUID | None:
    row: SealedAuthor | None = await ctx.db.scalar(queries.sealed(on_id))
    return None if row is None else UUID(await ctx.open(SealedAuthor.author, row))
