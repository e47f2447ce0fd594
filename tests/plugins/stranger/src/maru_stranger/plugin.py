"""One of every kind that an isolated plugin may have, and doors to try."""

import asyncio
import os
import signal
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from maru_hall.api import Opened, Said, Word, echoes

from maru_sdk import (
    Context,
    Event,
    InvalidInput,
    Model,
    Navigation,
    NotFound,
    Permission,
    Plugin,
    Redirect,
    Role,
    Settings,
    action,
    get,
    job,
    listen,
    page,
    portlet,
    post,
)
from maru_sdk.lifecycle import DemoSeed, demo_seeded
from maru_stranger.models import NOTES, Note, NoteOut

FRESH = "A test reads what it has just written."
READ = Permission("stranger:note:read", "Read notes")
BLOCK = Permission("stranger:loop:block", "Block the loop")


class Text(Model):
    """A text."""

    text: str


class Texts(Model):
    """Some texts."""

    texts: list[str]


class StrangerSettings(Settings):
    """What can be set."""

    prefix: str = ""


class Shown(Model):
    """How much a portlet shows."""

    limit: int = 3


class NoteWritten(Event):
    """A note was written."""

    text: str


class NoNote(NotFound):
    """There is none."""

    message = "There is no note {text}"


async def write(ctx: Context, text: str) -> None:
    """The one rule."""
    prefix = (await ctx.settings(StrangerSettings)).prefix
    ctx.db.add(Note(text=prefix + text))
    await ctx.db.flush()


@get("/notes", needs=READ, no_store=FRESH)
async def notes(ctx: Context, starting: str = "") -> Texts:
    """All notes."""
    found = [row.text for row in await ctx.read(NOTES)]
    return Texts(texts=[text for text in found if text.startswith(starting)])


@get("/notes/{text}", needs=READ, no_store=FRESH)
async def note(ctx: Context, text: str) -> NoteOut:
    """One note."""
    if text not in [row.text for row in await ctx.read(NOTES)]:
        raise NoNote(text=text)
    return NoteOut(text=text)


@post("/notes", needs=READ)
async def write_note(ctx: Context, body: Text) -> Text:
    """Writes a note, tells, and asks for more."""
    await write(ctx, body.text)
    await ctx.publish(NoteWritten(text=body.text))
    await ctx.audit("stranger.written", "note", after={"text": body.text})
    await ctx.jobs.enqueue(write_later, Text(text=f"{body.text}, later"))
    if body.text == "too bad":
        raise InvalidInput(fields=[{"path": "text", "code": "bad", "message": "<b>bad</b>"}])
    return Text(text=f"{body.text} by {ctx.me.name}")


@post("/sql", signed_in=True, status=200)
async def sql(ctx: Context, body: Texts) -> Texts:
    """Whatever statements somebody thinks of, on the plugin's own connection."""
    found: list[str] = []
    for statement in body.texts:
        rows: Any = await ctx.db.execute(sa.text(statement))
        found = [str(tuple(row)) for row in rows] if rows.returns_rows else []
    return Texts(texts=found)


@post("/look", signed_in=True, status=200)
async def look(ctx: Context, body: Text) -> Text:
    """What a file says, or why it doesn't."""
    try:
        return Text(text=Path(body.text).read_text("utf-8", "replace")[:2_000])
    except OSError as error:
        return Text(text=type(error).__name__)


@get("/environ", signed_in=True, no_store=FRESH)
async def environ(ctx: Context) -> Texts:
    """What stands in the environment."""
    return Texts(texts=[f"{name}={value}" for name, value in os.environ.items()])


@get("/pid", signed_in=True, no_store=FRESH)
async def pid(ctx: Context) -> Text:
    """Which process this is."""
    return Text(text=str(os.getpid()))


@get("/huge", signed_in=True, no_store=FRESH)
async def huge(ctx: Context) -> Text:
    """50 MB."""
    await write(ctx, "huge")
    return Text(text="x" * 50_000_000)


@post("/signal", signed_in=True, status=200)
async def send_signal(ctx: Context, body: Text) -> Text:
    """Tries to end a process."""
    try:
        os.kill(int(body.text), signal.SIGTERM)
    except OSError as error:
        return Text(text=type(error).__name__)
    return Text(text="sent")


@portlet(title="Notes", size=(4, 3), cache="1m", audience="tenant", config=Shown)
async def recent(ctx: Context, config: Shown) -> Texts:
    """The newest notes."""
    found = [row.text for row in await ctx.read(NOTES)]
    return Texts(texts=found[: config.limit])


@portlet(title="Blocks", size=(4, 3), needs=BLOCK)
async def blocks(ctx: Context) -> Texts:
    """Blocks the loop of its process."""
    time.sleep(30)  # noqa: ASYNC251
    return Texts(texts=[])


@page("/", title="Notes", needs=READ)
async def index(ctx: Context) -> Texts:
    """All notes."""
    return Texts(texts=[row.text for row in await ctx.read(NOTES)])


@action("/", needs=READ, again=index)
async def write_here(ctx: Context, form: Text) -> Redirect:
    """Writes the note of the form."""
    if form.text == "no":
        raise InvalidInput(fields=[{"path": "text", "code": "no", "message": "not that one"}])
    await write(ctx, form.text)
    return Redirect(to="/stranger/", message="Written")


@job(tries=3, deadline="20s")
async def write_later(ctx: Context, ask: Text) -> Text:
    """Writes a note, later; one kind of text takes its time."""
    await write(ctx, ask.text)
    if ask.text.startswith("slowly"):
        await asyncio.sleep(3)
    return Text(text="done")


@listen(Opened)
async def heard(ctx: Context, event: Opened) -> None:
    """Notes that the hall was opened."""
    await write(ctx, f"opened {event.door}")


@echoes.extend
async def echo(ctx: Context, ask: Word) -> Said:
    """Says it again."""
    if ask.word == "hang":
        await asyncio.sleep(5)
    return Said(said=f"{ask.word} {ask.word}")


@demo_seeded.extend
async def seed(ctx: Context, ask: DemoSeed) -> None:
    """Left out of an isolated plugin."""


ROUTES: list[Any] = [notes, note, write_note, sql, look, environ, pid, huge, send_signal]

plugin = Plugin(
    title="Stranger",
    migrations="migrations",
    settings=StrangerSettings,
    permissions=[READ, BLOCK],
    roles=[Role("member", READ), Role("manager", READ, BLOCK), Role("admin", READ)],
    navigation=[Navigation("Notes", "/stranger/", needs=READ)],
    routes=ROUTES,
    pages=[index, write_here],
    portlets=[recent, blocks],
    jobs=[write_later],
    listeners=[heard],
    publishes=[NoteWritten],
    fills=[echo, seed],
)
