"""What is attached to posts."""

from contextlib import suppress
from typing import Final
from uuid import UUID

from maru_board import channels
from maru_board.boards import service as board_rules
from maru_board.errors import AnonymousTakesNoFiles, AttachmentGone
from maru_board.models import Post
from maru_board.permissions import READ, WRITE
from maru_board.posts import service as post_rules
from maru_board.reading import readable_post
from maru_board.schemas import PostShown
from maru_sdk import Context, Model, PermissionDenied, Redirect, action, get, listen, page
from maru_sdk.documents import DocumentLocked, DocumentUnreadable, DocumentUnsupported
from maru_sdk.files import File, FileAsk, FileNotReady, FilesChanged, file_kind
from maru_sdk.rich import pictures_in, with_pictures

_SHOWN: Final = ("image/png", "image/jpeg", "image/gif", "image/webp")


@file_kind("Attachments", largest="5GB", ahead=WRITE)
async def attachment(ctx: Context, ask: FileAsk) -> None:
    """Who may read a post may read what is attached to it, who may change it what there is."""
    await _post_for(ctx, ask.on, ask.act == "change")


@file_kind("Pictures in posts", largest="20MB", ahead=WRITE)
async def picture(ctx: Context, ask: FileAsk) -> None:
    """Who may read a post sees its pictures, who may change it adds some."""
    await _post_for(ctx, ask.on, ask.act == "change")


async def attach(ctx: Context, post_id: UUID, content: str, sent: list[UUID]) -> None:
    """Makes what its author has sent ahead the post's own: the pictures that it shows and what is
    attached. Raises AttachmentGone, and AnonymousTakesNoFiles."""
    shown = pictures_in(content)
    if (shown or sent) and (await post_rules.shown_post(ctx, post_id)).author is None:
        raise AnonymousTakesNoFiles
    await ctx.files.claim(picture, post_id, *shown)
    if len(await ctx.files.claim(attachment, post_id, *sent)) < len(set(sent)):
        raise AttachmentGone


async def copy_pictures(ctx: Context, post_id: UUID, copy_id: UUID) -> None:
    """Gives a copy of a post pictures of its own, which stay when those of the post go. Raises
    AnonymousTakesNoFiles: a file says whose it is."""
    copied = await ctx.get(Post, copy_id)
    became = await ctx.files.copy(picture, post_id, copy_id)
    if became and copied.author_id is None:
        raise AnonymousTakesNoFiles
    if became:
        html = with_pictures(copied.content, became)
        await post_rules.set_quietly(ctx, copy_id, content=html)


async def _post_for(ctx: Context, post_id: UUID, change: bool) -> PostShown:
    post = await readable_post(ctx, post_id)
    if change:
        ctx.require(WRITE, on=post)
        if not post_rules.may_change_post(ctx, post):
            raise PermissionDenied
        if post.author is None:
            raise AnonymousTakesNoFiles
    return post


class Attached(Model):
    """The files of a post as this reader sees them, and where they stand alone."""

    post_id: UUID
    files: list[File]
    files_url: str
    may_change: bool


async def attached_to(ctx: Context, post: PostShown) -> Attached:
    """What is attached to a post."""
    return Attached(
        post_id=post.id,
        files=await ctx.files.of(attachment, post.id),
        files_url=f"/board/posts/{post.id}/files",
        may_change=_may_attach(ctx, post),
    )


async def said_in(ctx: Context, post_id: UUID) -> str:
    """The names of a post's attachments, and what those say that can be read."""
    said = ""
    for file in await ctx.files.of(attachment, post_id):
        said += f"\n{file.name}\n"
        with suppress(DocumentUnreadable, DocumentLocked, DocumentUnsupported, FileNotReady):
            said += await ctx.files.text(file.id)
    return said


def _may_attach(ctx: Context, post: PostShown) -> bool:
    named = post.author is not None
    return named and ctx.can(WRITE, on=post) and post_rules.may_change_post(ctx, post)


@page("/posts/{post_id}/files", title="Attachments", template="board/files.html", needs=READ)
async def files_alone(ctx: Context, post_id: UUID) -> Attached:
    """A post's files, which its open pages fetch again when they hear of a new one."""
    return await attached_to(ctx, await readable_post(ctx, post_id))


@action("/posts/{post_id}/files/{file_id}/delete", needs=WRITE)
async def remove_file(ctx: Context, post_id: UUID, file_id: UUID) -> Redirect:
    """Removes a file from a post."""
    await _post_for(ctx, post_id, change=True)
    removed = await ctx.files.remove(attachment, post_id, file_id)
    await channels.tell_attached(ctx, post_id)
    said = ctx.t("{name} was removed.", name=removed.name)
    return Redirect(to=f"/board/posts/{post_id}", message=said)


@get("/posts/{post_id}/files", needs=READ, no_store="a file may come at any moment")
async def attachments(ctx: Context, post_id: UUID) -> list[File]:
    """What is attached to a post; each is fetched at its `url`."""
    return (await attached_to(ctx, await readable_post(ctx, post_id))).files


async def purge_board(ctx: Context, board_id: UUID) -> bool:
    """Removes a part of a deleted board with what is attached there; whether more remains."""
    posts = await board_rules.purge_board(ctx, board_id)
    await clear(ctx, *posts)
    return bool(posts)


async def clear(ctx: Context, *posts: UUID) -> None:
    """Removes the files of posts that are no more."""
    for kind in (attachment, picture):
        await ctx.files.clear(kind, *posts)


async def _settle_cover(ctx: Context, post_id: UUID) -> None:
    """The first picture that is attached stands for the post in galleries."""
    post = await ctx.db.get(Post, (ctx.tenant.id, post_id))
    if post is None:
        return
    found = await ctx.files.of(attachment, post_id)
    pictures = (one.id for one in found if _is_picture(one))
    await post_rules.set_quietly(ctx, post_id, cover_id=next(pictures, None))
    await post_rules.changed(ctx, post, notice=False)


def _is_picture(file: File) -> bool:
    """What browsers show as it is, and what was drawn for them."""
    drawn = file.has_picture and file.media_type.startswith("image/")
    return drawn or file.media_type in _SHOWN


@listen(FilesChanged)
async def tell_readers(ctx: Context, event: FilesChanged) -> None:
    """Has open pages of a post show what was attached."""
    if event.kind == attachment.name:
        await _settle_cover(ctx, event.on)
        await channels.tell_attached(ctx, event.on)
