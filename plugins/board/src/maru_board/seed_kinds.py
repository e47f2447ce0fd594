"""The demo's boards of other kinds, written as people write: questions, pictures, no names."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from maru_board.comments.models import Comment
from maru_board.files import attachment
from maru_board.models import Board, Post, PostTag, PostTemplate, SealedAuthor
from maru_board.phrases import data
from maru_sdk import Context, User
from maru_sdk.db import Encrypted, uuid7
from maru_sdk.rich import html_of


async def seed_kinds(ctx: Context, company: Mapping[str, Any], people: Sequence[User]) -> None:
    """A board of each kind that the company's texts don't have, with a few posts."""
    place = 1_000
    for plan in data("kinds")["board"] if "kinds" in company else ():
        place += 10
        board = _board(plan, place)
        ctx.db.add(board)
        await ctx.db.flush()
        if template := plan.get("template"):
            ctx.db.add(PostTemplate(board_id=board.id, **template))
        for number, given in enumerate(plan["post"]):
            await _post(ctx, board, given, people[number % len(people)])


def _board(plan: Mapping[str, Any], place: int) -> Board:
    named = {name: plan[name] for name in ("name", "description", "kind", "prefixes")}
    traits = {name: plan.get(name, False) for name in ("is_anonymous", "takes_answers")}
    view = plan.get("view", "list")
    return Board(**named, **traits, view=view, position=place, post_count=len(plan["post"]))


async def _post(ctx: Context, board: Board, given: Mapping[str, Any], author: User) -> None:
    post = Post(
        board_id=board.id,
        author_id=None if board.is_anonymous else author.id,
        prefix=given.get("prefix", ""),
        title=given["title"],
        content=html_of(given["content"]),
        tags=given.get("tags", []),
        published_at=ctx.now,
        is_published=True,
    )
    ctx.db.add(post)
    await ctx.db.flush()
    if board.is_anonymous:
        ctx.db.add(SealedAuthor(on_id=post.id, author=Encrypted(str(author.id))))
    for tag in post.tags:
        at = post.published_at
        ctx.db.add(PostTag(post_id=post.id, board_id=board.id, tag=tag, published_at=at))
    for said in given.get("answers", ()):
        post.accepted_id = await _answer(ctx, post, said)
    if "colours" in given:
        picture = await ctx.files.put(attachment, post.id, "사진.png", picture_of(given["colours"]))
        post.cover_id = picture.id
    await ctx.db.flush()


async def _answer(ctx: Context, post: Post, said: str) -> UUID:
    own = uuid7()
    ctx.db.add(Comment(id=own, post_id=post.id, thread_id=own, author_id=ctx.me.id, content=said))
    post.comment_count += 1
    await ctx.db.flush()
    return own


def picture_of(colours: Sequence[str], width: int = 480, height: int = 360) -> bytes:
    """A PNG that goes from one colour to the other, as a sky does."""
    first, last = (bytes.fromhex(colour) for colour in colours)
    rows = b""
    for row in range(height):
        mixed = (a + (b - a) * row // height for a, b in zip(first, last, strict=True))
        rows += b"\0" + bytes(mixed) * width
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    chunks = (_chunk(name, body) for name, body in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
