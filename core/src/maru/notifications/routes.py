"""`/api/v1/notifications`: what a person was told, and that they have read it."""

from typing import Annotated
from uuid import UUID

import orjson
from pydantic import StringConstraints

from maru.notifications.drawing import drawn
from maru.notifications.kinds import call_of
from maru.notifications.reading import kinds_of, listed, read_all, read_one, unread_count
from maru.notifications.schemas import KindOut, NotificationOut, Unread
from maru_sdk import Context, CursorParams, Page, get, post

Kind = Annotated[str, StringConstraints(max_length=200)]
_OWN = "each person's own, and it changes at once"


@get("", signed_in=True, no_store=_OWN)
async def notifications(
    ctx: Context, page: CursorParams, unread: bool = False, kind: Kind | None = None
) -> Page[NotificationOut]:
    """What the reader was told, the newest first, in their language. `kind` is one of
    `/notifications/kinds`."""
    call = call_of(ctx)
    found = await listed(call, page, unread=unread, kind=kind)
    lines = await drawn(call, found)
    json = orjson.dumps([line.model_dump(mode="json") for line in lines])
    return Page(json, NotificationOut, found.pagination)


@get("/unread", signed_in=True, no_store=_OWN)
async def unread(ctx: Context) -> Unread:
    """How many the reader hasn't read; of more than 99, so many and `more`."""
    return await unread_count(call_of(ctx))


@get("/kinds", signed_in=True, no_store="switched plugins are in it")
async def kinds(ctx: Context) -> list[KindOut]:
    """What people are told of here."""
    return kinds_of(call_of(ctx))


@post("/{notification_id}/read", signed_in=True, status=200)
async def read(ctx: Context, notification_id: UUID) -> Unread:
    """The reader has read it; how many are left. Twice is once."""
    await read_one(call_of(ctx), notification_id)
    return await unread_count(call_of(ctx))


@post("/read-all", signed_in=True, status=200)
async def all_read(ctx: Context, until: UUID | None = None, kind: Kind | None = None) -> Unread:
    """The reader has read all; with `until`, those that aren't newer than this one. How many are
    left."""
    await read_all(call_of(ctx), until, kind)
    return await unread_count(call_of(ctx))


ROUTES = [notifications, unread, kinds, read, all_read]
