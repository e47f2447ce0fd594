"""What search may find of the boards."""

from maru_board import queries
from maru_board.api import (
    BoardDeleted,
    PostChanged,
    PostDeleted,
    PostMoved,
    PostPublished,
    PostRestored,
)
from maru_board.files import said_in
from maru_board.models import Post
from maru_board.permissions import READ
from maru_sdk import Context
from maru_sdk.files import FilesChanged
from maru_sdk.rich import text_of
from maru_sdk.search import Document, Documents, Wanted, search_source


@search_source(
    Post,
    title="Posts",
    icon="message-square",
    needs=READ,
    on={
        PostPublished: "post_id",
        PostChanged: "post_id",
        PostDeleted: "post_id",
        FilesChanged: "on",
        PostRestored: "post_id",
        PostMoved: "post_id",
    },
    leave={BoardDeleted: "board_id"},
)
async def posts(ctx: Context, ask: Wanted) -> Documents:
    """Published posts of the boards that are there."""
    if ask.ids is not None:
        found = await ctx.db.scalars(queries.sought(ask.ids))
    else:
        found = await ctx.db.scalars(queries.sought_after(ask.after, ask.limit))
    return Documents(documents=[_document(post, await said_in(ctx, post.id)) for post in found])


def _document(post: Post, attached: str) -> Document:
    return Document(
        id=post.id,
        title=post.title,
        text=(text_of(post.content) if post.content_format == "html" else post.content) + attached,
        url=f"/board/posts/{post.id}",
        at=post.published_at,
        author_id=post.author_id,
        resource=post.resource,
    )
