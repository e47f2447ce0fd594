"""What this plugin says to others' points, and to its own."""

from collections.abc import Sequence

from maru_kinds.api import Said, Word, echoes, may_say, voice
from maru_kinds.models import Note
from maru_kinds.seen import saw
from maru_sdk import Conflict, Context
from maru_sdk.declarations import AnyFilling
from maru_sdk.lifecycle import DemoSeed, Switched, demo_seeded, switched_off, switched_on


class WordRefused(Conflict):
    """A word that nobody may say."""

    message = "Nobody may say {word}"


@echoes.extend
async def echo(ctx: Context, ask: Word) -> Said:
    """Says it again."""
    return Said(said=f"{ask.word}, {ask.word}")


@may_say.extend
async def polite(ctx: Context, ask: Word) -> None:
    """Refuses one word."""
    if ask.word == "damn":
        raise WordRefused(word=ask.word)


@voice.offer("loud")
async def loud(ctx: Context, ask: Word) -> Said:
    """Says it loudly."""
    return Said(said=ask.word.upper())


@voice.offer("soft")
async def soft(ctx: Context, ask: Word) -> Said:
    """Says it softly."""
    return Said(said=ask.word.lower())


@switched_on.extend
async def welcome(ctx: Context, ask: Switched) -> None:
    """Begins with a note, the first time."""
    if ask.plugin == "kinds":
        saw("switched on", ask.first)
        if ask.first:
            ctx.db.add(Note(text="welcome"))


@switched_off.extend
async def farewell(ctx: Context, ask: Switched) -> None:
    """Notes who goes."""
    saw("switched off", ask.plugin)


@demo_seeded.extend
async def seed(ctx: Context, ask: DemoSeed) -> None:
    """A note for each of ten people."""
    ctx.db.add_all([Note(text=f"demo {n}") for n in range(ask.people // 10)])


FILLS: Sequence[AnyFilling] = [echo, polite, loud, soft, welcome, farewell, seed]
