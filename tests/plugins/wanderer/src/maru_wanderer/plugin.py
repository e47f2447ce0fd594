"""Calls outside, mail, rooms, computations, steps and chains: all that leads out of a plugin."""

import asyncio
import json
import socket
from base64 import b64decode
from typing import Any

import sqlalchemy as sa
from maru_hall.api import Said, Word, greetings, may_pass
from pydantic import SecretStr

from maru_sdk import (
    Conflict,
    Context,
    Event,
    InvalidInput,
    Live,
    Model,
    PermissionDenied,
    Plugin,
    Role,
    Settings,
    SystemFault,
    Temporary,
    get,
    job,
    portlet,
    post,
    schedule,
)
from maru_sdk.db import Encrypted
from maru_sdk.http import AddressRefused, HttpAnswer, OutsideInTransaction, Unreachable
from maru_sdk.live import channel
from maru_sdk.mail import Attachment, MailRefused
from maru_sdk.operation import Span, command, health_check, metric, statistic
from maru_wanderer.models import CODES, NOTES, WRITTEN, Note
from maru_wanderer.notices import SECRET, postcard, secret, send
from maru_wanderer.sums import Found, Number, work

FRESH = "A test reads what it has just written."


class Text(Model):
    """A text."""

    text: str


class Texts(Model):
    """Some texts."""

    texts: list[str]


class Going(Model):
    """A call outside."""

    url: str
    method: str = "GET"
    first: str = ""
    body: str | None = None
    headers: dict[str, str] | None = None
    timeout: str = "5s"
    times: int = 1


class Mailing(Model):
    """A mail."""

    to: list[str]
    subject: str
    text: str | None = None
    template: bool = False
    file: str | None = None
    reply_to: str | None = None


class Telling(Model):
    """Something for a room."""

    room: str
    event: str
    text: str
    now: bool = False


class Frames(Model):
    """Bytes in Base64, and how often they are sent."""

    coded: str
    times: int = 1


class WandererSettings(Settings):
    """What an admin tells it."""

    token: SecretStr = SecretStr("")
    pin: SecretStr | None = None
    place: str = "nowhere"


class Kept(Event):
    """A note was kept."""

    text: str


async def keep(ctx: Context, text: str) -> None:
    """Writes a note."""
    ctx.db.add(Note(text=text))
    await ctx.db.flush()


@get("/notes", signed_in=True, no_store=FRESH)
async def notes(ctx: Context) -> Texts:
    """All notes, the oldest first."""
    return Texts(texts=[row.text for row in await ctx.read(NOTES)])


@post("/notes", signed_in=True)
async def note(ctx: Context, body: Text) -> Text:
    """Keeps a note and says so; "bad" is undone."""
    await keep(ctx, body.text)
    await ctx.publish(Kept(text=body.text))
    if body.text == "bad":
        raise InvalidInput
    return body


@post("/codes", signed_in=True)
async def code(ctx: Context, body: Text) -> Text:
    """Keeps a note with a code that only its own row can open."""
    ctx.db.add(Note(text="coded", code=Encrypted(body.text)))
    await ctx.db.flush()
    if body.text == "bad":
        raise InvalidInput
    return body


@get("/codes", signed_in=True, no_store="a secret")
async def codes(ctx: Context) -> Texts:
    """All codes, opened."""
    return Texts(texts=[await ctx.open(Note.code, row) for row in await ctx.read(CODES)])


@get("/told", signed_in=True, no_store="a secret")
async def told(ctx: Context) -> Texts:
    """What an admin has told it."""
    found = await ctx.settings(WandererSettings)
    pin = None if found.pin is None else found.pin.get_secret_value()
    return Texts(texts=[found.token.get_secret_value(), str(pin), found.place])


@post("/lines", signed_in=True)
async def lines(ctx: Context, body: Texts) -> Texts:
    """Records, or publishes, or tells everybody: the first text says which."""
    kind, *texts = body.texts
    for text in texts:
        if kind == "audit":
            await ctx.audit("wanderer.noted", text)
        elif kind == "event":
            await ctx.publish(Kept(text=text))
        else:
            await ctx.live.send("tenant", "noted", Text(text=text))
    return body


@post("/go", signed_in=True, status=200)
async def go(ctx: Context, body: Going) -> Texts:
    """Calls outside, after a read or a write where asked to."""
    if body.first == "read":
        await ctx.read(NOTES)
    if body.first == "write":
        await keep(ctx, "before a call")
    calls = [_went(ctx, body) for _ in range(body.times)]
    return Texts(texts=list(await asyncio.gather(*calls)))


async def _went(ctx: Context, body: Going) -> str:
    content = None if body.body is None else body.body.encode()
    try:
        answer: HttpAnswer = await ctx.http.request(
            body.method,
            body.url,
            headers=body.headers,
            content=content,
            params={"a": "b c"},
            timeout=body.timeout,
        )
    except (AddressRefused, Unreachable, OutsideInTransaction) as error:
        return f"{type(error).__name__}: {error.code}"
    return json.dumps([answer.status, answer.headers.get("x-said"), answer.text])


@post("/raw", signed_in=True, status=200)
async def raw(ctx: Context, body: Text) -> Text:
    """Tries to leave without asking anybody."""
    host, _, port = body.text.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError as error:
        return Text(text=type(error).__name__)
    return Text(text="connected")


@post("/wish", signed_in=True, status=200)
async def wish(ctx: Context, body: Text) -> Text:
    """Whatever an isolated process may think of asking for, past the SDK."""
    from maru.isolated.ticketed import WORK

    asked = json.loads(body.text)
    try:
        found = await WORK.get().door.wish(asked["wish"], asked["what"])
    except Exception as error:  # a test reads which
        return Text(text=f"{type(error).__name__}: {error}")
    return Text(text=json.dumps(found))


@post("/frames", signed_in=True, status=200)
async def frames(ctx: Context, body: Frames) -> Text:
    """Writes what it likes to whoever has called, instead of what it is to say there."""
    from maru.isolated.ticketed import WORK

    writer = WORK.get().door._writer
    for _ in range(body.times):
        writer.write(b64decode(body.coded))
    await writer.drain()
    await asyncio.sleep(1)
    return Text(text="written")


@post("/sql", signed_in=True, status=200)
async def sql(ctx: Context, body: Texts) -> Texts:
    """Whatever statements somebody thinks of, on the plugin's own connection."""
    found: list[str] = []
    for statement in body.texts:
        rows: Any = await ctx.db.execute(sa.text(statement.replace(":", "\\:")))
        found = [str(tuple(row)) for row in rows] if rows.returns_rows else []
    return Texts(texts=found)


@post("/mails", signed_in=True)
async def mail(ctx: Context, body: Mailing) -> Texts:
    """Sends a mail."""
    files = [
        Attachment(name="a.txt", content_type="text/plain", content=(body.file or "").encode())
    ]
    try:
        jobs = await ctx.mail.send(
            to=body.to,
            subject=body.subject,
            text=body.text,
            template="wanderer/mail.html" if body.template else None,
            model=Text(text="drawn") if body.template else None,
            attachments=files if body.file else [],
            reply_to=body.reply_to,
        )
    except MailRefused as error:
        return Texts(texts=[f"refused: {error.details['field']}"])
    if body.subject == "undone":
        raise InvalidInput
    return Texts(texts=[str(one) for one in jobs])


@post("/tell", signed_in=True, status=200)
async def tell(ctx: Context, body: Telling) -> Text:
    """Tells a room."""
    send = ctx.live.send_now if body.now else ctx.live.send
    try:
        await send(body.room, body.event, Text(text=body.text))
    except SystemFault:
        return Text(text="refused")
    if body.text == "undone":
        raise InvalidInput
    return Text(text="told")


@post("/compute", signed_in=True, status=200)
async def compute(ctx: Context, body: Number) -> Found:
    """Computes in a child."""
    return await ctx.compute(work, body, deadline="4s", memory=64 << 20)


@post("/jobs/{kind}", signed_in=True)
async def begin(ctx: Context, kind: str, body: Texts) -> Texts:
    """Puts jobs: one that takes steps, a chain, a group, many, or one that is taken back."""
    asks = [Text(text=text) for text in body.texts]
    if kind == "steps":
        found = [await ctx.jobs.enqueue(steps, asks[0])]
    elif kind == "chain":
        found = await ctx.jobs.chain([(link, ask) for ask in asks])
    elif kind == "group":
        found = await ctx.jobs.group([(link, ask) for ask in asks], (link, Text(text="all")))
    elif kind == "unique":
        found = [await ctx.jobs.enqueue(link, ask, unique="one") for ask in asks]
    elif kind == "cancel":
        found = await ctx.jobs.chain([(link, ask) for ask in asks])
        await ctx.jobs.cancel(found[0])
    else:
        found = await ctx.jobs.enqueue_many(link, asks * int(kind))
    return Texts(texts=[str(one) for one in found])


@job(tries=3, deadline="20s")
async def link(ctx: Context, ask: Text) -> Text:
    """Keeps a note."""
    if ask.text == "bad":
        raise InvalidInput("a bad one")
    await keep(ctx, ask.text)
    return ask


@job(tries=3, deadline="20s")
async def steps(ctx: Context, ask: Text) -> None:
    """Two steps; the first run fails between them."""
    await ctx.progress(1, 3, "begun")
    async with ctx.step("first") as own:
        if own is not None:
            await keep(own, f"{ask.text}: first")
    async with ctx.step("second") as own:
        if own is not None:
            await keep(own, f"{ask.text}: second")
            raise_once(ask.text)
    await ctx.progress(2, 3, "nearly")
    await ctx.progress(3, 3, "over")


FAILED: set[str] = set()


def raise_once(text: str) -> None:
    """Raises where it wasn't called with this before."""
    if text not in FAILED:
        FAILED.add(text)
        raise Temporary


@schedule("0 3 * * *")
async def nightly(ctx: Context) -> None:
    """Keeps a note every night."""
    await keep(ctx, f"night in {ctx.tenant.slug}")


@health_check()
async def rested(ctx: Context) -> None:
    """Well, unless a note says otherwise."""
    if "ill" in [row.text for row in await ctx.read(NOTES)]:
        raise RuntimeError("a note says so")


@metric("Notes that are kept")
async def kept(ctx: Context) -> float:
    """How many notes there are."""
    return float(len(await ctx.read(NOTES)))


@greetings.offer("wave")
async def wave(ctx: Context, ask: Word) -> Said:
    """Waves, or refuses to."""
    if ask.word == "nobody":
        raise PermissionDenied
    if ask.word == "write":
        await keep(ctx, "in a choose point")
    return Said(said=f"waves at {ask.word}")


@may_pass.extend
async def passes(ctx: Context, ask: Word) -> Said:
    """Lets everybody pass but some."""
    if ask.word == "stop":
        raise Conflict("Nobody passes")
    if ask.word == "write":
        await keep(ctx, "in a decide point")
    if ask.word == "sleep":
        await asyncio.sleep(30)
    return Said(said=f"passes: {ask.word}, {len(await ctx.read(NOTES)) > 0}")


@statistic("Notes written")
async def written(ctx: Context, ask: Span) -> int:
    """Notes of this time."""
    found = (await ctx.read(WRITTEN, since=ask.since, until=ask.until))[0].number
    return found if "too many" not in [row.text for row in await ctx.read(NOTES)] else 2**63


@portlet(title="Lately", size=(4, 3), cache="1h", audience="tenant", live=Live(on=[Kept]))
async def lately(ctx: Context) -> Texts:
    """The newest notes."""
    return Texts(texts=[row.text for row in await ctx.read(NOTES)][-5:])


class Tidy(Model):
    """What to tidy."""

    word: str
    times: int = 1
    loud: bool = False


@command("Keeps a note some times")
async def tidy(ctx: Context, ask: Tidy) -> str:
    """Keeps a note as often as it is told to."""
    for _ in range(ask.times):
        await keep(ctx, ask.word)
    return f"kept {ask.word} {ask.times}\x1b[2J{'!' if ask.loud else ''}"


class Path(Model):
    """A room."""

    where: str


class Heard(Model):
    """What somebody says."""

    words: str


async def answered(ctx: Context, room: Path, message: Heard) -> Text:
    """Answers whoever speaks."""
    await keep(ctx, f"{room.where}: {message.words}")
    return Text(text=f"{message.words} heard by {ctx.me.name}")


@channel("{where}", presence=True, on_message=answered)
async def way(ctx: Context, room: Path) -> None:
    """Everybody may go anywhere but home."""
    if room.where == "home":
        raise PermissionDenied


plugin = Plugin(
    title="Wanderer",
    migrations="migrations",
    permissions=[SECRET],
    roles=[Role("member"), Role("manager"), Role("admin", SECRET)],
    settings=WandererSettings,
    routes=[
        *(notes, note, code, codes, told, lines, go, raw, wish, frames, sql, mail, tell),
        *(compute, begin, send),
    ],
    jobs=[link, steps],
    schedules=[nightly],
    health=[rested],
    metrics=[kept],
    fills=[wave, passes],
    statistics=[written],
    portlets=[lately],
    commands=[tidy],
    channels=[way],
    publishes=[Kept],
    notifications=[postcard, secret],
)
