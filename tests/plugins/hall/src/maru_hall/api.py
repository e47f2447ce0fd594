"""What others may use."""

from maru_sdk import Context, Event, Model, extension_point


class Opened(Event):
    """A door was opened."""

    door: str


class Word(Model):
    """A word to work on."""

    word: str


class Said(Model):
    """What came of it."""

    said: str


@extension_point("collect", deadline="2s")
async def echoes(ctx: Context, ask: Word) -> Said:
    """Gives an echo of the word."""
    return Said(said="")


@extension_point("choose", deadline="2s")
async def greetings(ctx: Context, ask: Word) -> Said:
    """Greets somebody in one of several ways."""
    return Said(said="")


@extension_point("decide", deadline="2s")
async def may_pass(ctx: Context, ask: Word) -> Said:
    """Whether somebody with this word may pass: an exception says no."""
    return Said(said="")
