"""The declarations."""

import asyncio

from maru_guard.mood import MOOD
from maru_guard.notes import parse
from maru_sdk import Context, Plugin, SystemFault, Temporary
from maru_sdk.documents import Document, DocumentText, text_extractor
from maru_sdk.scanning import Content, Verdict, file_scanner

WORD = b"a-word-for-the-guard"


class GuardAway(Temporary):
    """The guard can't be reached."""


@file_scanner.offer("guard")
async def guard(ctx: Context, ask: Content) -> Verdict:
    """Finds one word, piece by piece, also where two pieces meet."""
    MOOD.asked.append(ask.name)
    MOOD.handle = ask.handle
    if MOOD.away:
        raise GuardAway
    if MOOD.lost:
        raise SystemFault("it makes no sense to the guard")
    size, tail = 0, b""
    async for piece in ctx.files.open(ask):
        size, tail = size + len(piece), tail[-len(WORD) :] + piece
        if WORD in tail:
            return Verdict(found="Word.For.Guards")
    assert size == ask.size
    return Verdict()


@text_extractor.offer(".note")
async def read_note(ctx: Context, ask: Document) -> DocumentText:
    """Reads notes in a child with bounds."""
    return await ctx.compute(parse, ask, deadline="2s", memory=512 << 20)


@text_extractor.offer("image/svg+xml")
async def read_drawing(ctx: Context, ask: Document) -> DocumentText:
    """Never gets to it."""
    await asyncio.Event().wait()
    return DocumentText(text="")


plugin = Plugin(title="Guard", fills=[guard, read_note, read_drawing])
