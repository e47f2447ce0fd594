"""What other plugins may use: an event and a point of each kind."""

from uuid import UUID

from maru_sdk import Context, Event, Model, extension_point


class NoteWritten(Event):
    """A note was written."""

    note_id: UUID
    text: str

    def key(self) -> str:
        """One lane per note."""
        return str(self.note_id)


class Word(Model):
    """A word to work on."""

    word: str


class Said(Model):
    """What came of it."""

    said: str


@extension_point("collect", deadline="200ms")
async def echoes(ctx: Context, ask: Word) -> Said:
    """Gives an echo of the word."""
    return Said(said=ask.word)


@extension_point("decide")
async def may_say(ctx: Context, ask: Word) -> None:
    """Refuses a word by an exception."""


@extension_point("choose", deadline="200ms")
async def voice(ctx: Context, ask: Word) -> Said:
    """Says the word in one of several voices."""
    return Said(said=ask.word)
