"""What a post said before, and how its texts differ."""

from uuid import UUID

from maru_board.permissions import WRITE
from maru_board.posts.service import may_change_post, shown_post
from maru_board.revisions import queries
from maru_board.revisions.differences import differences
from maru_board.revisions.schemas import Line, RevisionLine, RevisionOut
from maru_board.schemas import PostShown
from maru_sdk import Context, Model, NotFound, PermissionDenied, page
from maru_sdk.rich import text_of


class Revisions(Model):
    """A post's changes, the last one first."""

    post: PostShown
    revisions: list[RevisionLine]


@page("/posts/{post_id}/revisions", title="Earlier versions", needs=WRITE)
async def revisions(ctx: Context, post_id: UUID) -> Revisions:
    """What was changed in a post, for those who may change it."""
    post = await changeable(ctx, post_id)
    return Revisions(post=post, revisions=list(await ctx.read(queries.REVISIONS, post_id=post_id)))


async def changeable(ctx: Context, post_id: UUID) -> PostShown:
    """A post that the person at hand may change."""
    post = await shown_post(ctx, post_id)
    if not may_change_post(ctx, post):
        raise PermissionDenied
    return post


class OneChange(Model):
    """How a post became another text."""

    post: PostShown
    revision: RevisionOut
    lines: list[Line]


@page("/posts/{post_id}/revisions/{version}", title="What was changed", needs=WRITE)
async def one_change(ctx: Context, post_id: UUID, version: int) -> OneChange:
    """What one change made of the text that stood before it."""
    post = await changeable(ctx, post_id)
    found = list(await ctx.read(queries.CHANGE, post_id=post_id, version=version))
    if not found or found[0].version != version:
        raise NotFound
    after = found[1] if len(found) > 1 else post
    lines = await ctx.run(differences, _text(found[0]), _text(after))
    return OneChange(post=post, revision=found[0], lines=lines)


def _text(of: RevisionOut | PostShown) -> str:
    return f"{of.title}\n\n{text_of(of.content)}"


PAGES = (revisions, one_change)
