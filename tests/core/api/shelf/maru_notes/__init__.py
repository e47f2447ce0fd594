"""A plugin with a route for each way in which a request can end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import BackgroundTasks
from pydantic import Field

from maru.api.exchange import TEXT, Answer
from maru.identity.models import Department
from maru_sdk import (
    Conflict,
    Context,
    InvalidInput,
    Model,
    NotFound,
    PageParams,
    Permission,
    Plugin,
    Redirect,
    Role,
    action,
    delete,
    get,
    page,
    post,
)
from maru_sdk.db import uuid7
from maru_sdk.operation import health_check, metric

READ = Permission("notes:note:read", "Read notes")
WRITE = Permission("notes:note:write", "Write notes")
READER = Role("member", READ)
WRITER = Role("admin", READ, WRITE)
BACKGROUND: list[str] = []
GATE, INSIDE = asyncio.Event(), asyncio.Event()
MADE: list[str] = []


class Note(Model):
    """What a note is."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    rank: int = 0


class Shown(Model):
    """What a note looks like."""

    id: UUID
    name: str


class Closed(Conflict):
    """The book of notes is closed."""

    message = "The notes are closed"


class RoomNotFound(NotFound):
    """There is no such room."""


async def write(ctx: Context, name: str, **more: Any) -> Shown:
    """One row, so that a test can see what became of it."""
    note = Shown(id=uuid7(), name=name)
    await ctx.db.execute(sa.insert(Department).values(id=note.id, name=name, **more))
    return note


@get("/notes", needs=READ, no_store="a test")
async def listed(
    ctx: Context, page: PageParams, q: str = "", tag: list[str] | None = None
) -> list[Shown]:
    rows = await ctx.db.execute(sa.select(Department.id, Department.name).order_by("name"))  # type: ignore[call-overload]
    return [Shown(id=row.id, name=row.name) for row in rows][: page.limit]


@get("/notes/{note_id}", needs=READ, no_store="a test")
async def one(ctx: Context, note_id: UUID) -> Shown:
    return Shown(id=note_id, name=f"{ctx.locale} {ctx.me.username} {ctx.tenant.slug}")


@post("/notes", needs=WRITE)
async def good(ctx: Context, note: Note) -> Shown:
    return await write(ctx, note.name, rank=note.rank)


@delete("/notes/{note_id}", needs=WRITE)
async def gone(ctx: Context, note_id: UUID) -> None:
    await ctx.db.execute(sa.delete(Department).where(Department.id == note_id))  # type: ignore[arg-type]


@post("/raising", needs=WRITE)
async def raising(ctx: Context, note: Note) -> Shown:
    await write(ctx, note.name)
    raise RuntimeError("/secret/path password=hunter2")


@post("/refused", needs=WRITE)
async def refused(ctx: Context, note: Note) -> Shown:
    await write(ctx, note.name)
    raise Closed


@post("/returned", needs=WRITE)
async def returned(ctx: Context, note: Note) -> Answer:
    await write(ctx, note.name)
    return Answer(418, b"no", TEXT)


@post("/wrong", needs=WRITE)
async def wrong(ctx: Context, note: Note) -> list[Shown]:
    await write(ctx, note.name)
    return [{"name": 3}]  # type: ignore[list-item]


@post("/deferred", needs=WRITE)
async def deferred(ctx: Context, note: Note) -> Shown:
    return await write(ctx, note.name, manager_id=uuid7())


@post("/twice", needs=WRITE)
async def twice(ctx: Context, note: Note) -> Shown:
    found = await write(ctx, note.name)
    await ctx.db.execute(sa.insert(Department).values(id=found.id, name="again"))
    return found


@post("/background", needs=WRITE)
async def background(ctx: Context, note: Note, tasks: BackgroundTasks) -> Shown:
    async def later() -> None:
        try:
            await ctx.db.execute(sa.text("SELECT 1"))
        except RuntimeError as error:
            BACKGROUND.append(str(error))

    tasks.add_task(later)
    return await write(ctx, note.name)


@post("/stream", needs=WRITE)
async def stream(ctx: Context, note: Note) -> Answer:
    await write(ctx, note.name)

    async def parts(own: Context) -> AsyncIterator[bytes]:
        found = await own.db.scalar(sa.select(Department.name).where(Department.name == note.name))  # type: ignore[call-overload]
        yield f"{found};".encode()
        try:
            await write(own, "written while streaming")
        except sa.exc.DBAPIError:
            yield b"only reading"

    return Answer(200, kind=TEXT, stream=parts)


@post("/slow", needs=WRITE)
async def slow(ctx: Context, note: Note) -> Shown:
    found = await write(ctx, note.name)
    INSIDE.set()
    await GATE.wait()
    return found


@post("/sleepy", needs=WRITE)
async def sleepy(ctx: Context, note: Note) -> Shown:
    found = await write(ctx, note.name)
    await ctx.db.execute(sa.text("SELECT pg_sleep(:seconds)"), {"seconds": note.rank})
    return found


@get("/kept", needs=READ, cache="1m", audience="tenant", tags=("notes",))
async def kept(ctx: Context, size: int = 1) -> list[Shown]:
    MADE.append(ctx.tenant.slug)
    return [Shown(id=ctx.tenant.id, name=f"{ctx.tenant.slug} {n}") for n in range(size)]


@get("/mine", signed_in=True, cache="1m")
async def mine(ctx: Context) -> str:
    return ctx.me.username


@get(
    "/rooms/{room_id}",
    needs=READ,
    cache="1m",
    audience="tenant",
    tags=("room:{room_id}",),
)
async def room(ctx: Context, room_id: UUID) -> Shown:
    MADE.append(str(room_id))
    if room_id.int == 0:
        raise RoomNotFound(room_id=room_id)
    return Shown(id=room_id, name=f"{ctx.user} {ctx.can(WRITE)} {ctx.can(READ)}")


@get("/words/{said}", needs=READ, cache="1m", audience="tenant", tags=("word:{said}",))
async def word(ctx: Context, said: str) -> str:
    return said


@get("/open", public=True, no_store="a test")
async def opened(ctx: Context) -> str:
    return ctx.user.username if ctx.user else "nobody"


@post("/login", public=True, status=200)
async def anonymous(ctx: Context, note: Note) -> Shown:
    return await write(ctx, note.name)


class Book(Model):
    """What the page shows."""

    names: list[str]


class NoteForm(Model):
    """The form of a note."""

    name: Annotated[str, Field(min_length=2, max_length=20)]
    rank: int | None = None
    labels: list[str] = Field(default_factory=list)


@page("/", title="Notes", signed_in=True, template="notes/book.html")
async def book(ctx: Context) -> Book:
    rows = await ctx.db.scalars(sa.select(Department.name).order_by("name"))  # type: ignore[call-overload]
    return Book(names=list(rows))


@page("/{note_id}", title="Note", signed_in=True, template="notes/book.html")
async def leaf(ctx: Context, note_id: UUID) -> Book:
    return Book(names=[str(note_id)])


@page("/broken/page", title="Broken", public=True, template="notes/book.html")
async def broken(ctx: Context) -> Book:
    raise RuntimeError("a fault")


@action("/", signed_in=True, again=book)
async def add(ctx: Context, form: NoteForm) -> Redirect:
    await write(ctx, form.name, rank=form.rank or 0)
    if form.name == "refuse":
        raise InvalidInput(fields=[{"path": "name", "code": "taken", "message": "Taken"}])
    return Redirect(to="//evil.example/x" if form.name == "evil" else "/notes", message="Kept")


@health_check()
async def well(ctx: Context) -> None:
    await ctx.db.execute(sa.text("SELECT 1"))


@health_check()
async def sick(ctx: Context) -> None:
    raise RuntimeError("password=hunter2")


@metric("Notes that wait.")
async def waiting(ctx: Context) -> float:
    return 4


plugin = Plugin(
    title="Notes",
    routes=[
        listed, one, good, gone, raising, refused, returned, wrong, deferred, twice, background,
        stream, slow, sleepy, kept, room, word, mine, opened, anonymous,
    ],
    pages=[book, leaf, broken, add],
    health=[well, sick],
    metrics=[waiting],
    permissions=[READ, WRITE],
    roles=[READER, WRITER],
)  # fmt: skip
