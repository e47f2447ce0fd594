"""`/notifications`: what a person was told; the bell and its menu are parts of every page."""

from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from pydantic import Field, StringConstraints

from maru.notifications.drawing import draw, drawn
from maru.notifications.errors import NotificationNotFound
from maru.notifications.kinds import call_of
from maru.notifications.reading import kinds_of, listed, one_of, read_all, read_one, unread_count
from maru.notifications.schemas import KindOut, NotificationOut, Unread
from maru_sdk import Context, CursorParams, Model, Redirect, action, page
from maru_sdk.declarations import ActionDeclaration, PageDeclaration

HERE: Final = "/notifications"
ON_PAGE: Final = 30
IN_MENU: Final = 8
Kind = Annotated[str, StringConstraints(max_length=200)]
Cursor = Annotated[str, StringConstraints(max_length=2_000)]


class NotificationsView(Model):
    """A page of them."""

    shown: list[NotificationOut]
    count: int
    newest: UUID | None
    unread: bool
    kind: str
    kinds: list[KindOut]
    newer: str
    older: str


class LatestView(Model):
    """The latest, for the menu at the bell."""

    shown: list[NotificationOut]


class ReadForm(Model):
    """Up to which notification all are read, and of which kind."""

    until: UUID | None = None
    kind: Kind = Field(default="")


@page("", title="Notifications", signed_in=True, template="maru/notifications/list.html")
async def index(
    ctx: Context, unread: bool = False, kind: Kind = "", cursor: Cursor | None = None
) -> NotificationsView:
    """The newest first."""
    call = call_of(ctx)
    params = CursorParams(cursor=cursor or None, limit=ON_PAGE)
    found = await listed(call, params, unread=unread, kind=kind or None)
    asked = {"unread": "true" if unread else "", "kind": kind}
    return NotificationsView(
        shown=await drawn(call, found),
        count=(await unread_count(call)).count,
        newest=None if cursor or not found else found[0].id,
        unread=unread,
        kind=kind,
        kinds=kinds_of(call),
        newer=_at(asked, found.pagination["prev"]),
        older=_at(asked, found.pagination["next"]),
    )


@page("/bell", title="Notifications", signed_in=True, template="maru/notifications/bell.html")
async def bell(ctx: Context) -> Unread:
    """A part of every page: how many are unread."""
    return await unread_count(call_of(ctx))


@page("/latest", title="Notifications", signed_in=True, template="maru/notifications/latest.html")
async def latest(ctx: Context) -> LatestView:
    """A part of every page: what the menu at the bell shows."""
    call = call_of(ctx)
    found = await listed(call, CursorParams(limit=IN_MENU), unread=False, kind=None)
    return LatestView(shown=await drawn(call, found))


@action("/{notification_id}/open", signed_in=True)
async def open_one(ctx: Context, notification_id: UUID) -> Redirect:
    """Reads it, and leads to what it tells of."""
    call = call_of(ctx)
    shown = await draw(call, await one_of(call, notification_id))
    if shown is None:
        raise NotificationNotFound
    await read_one(call, notification_id)
    return Redirect(to=shown.url)


@action("/{notification_id}/read", signed_in=True)
async def read_here(ctx: Context, notification_id: UUID) -> Redirect:
    """Notes that it was read."""
    await read_one(call_of(ctx), notification_id)
    return Redirect(to=HERE)


@action("/read-all", signed_in=True)
async def read_all_here(ctx: Context, form: ReadForm) -> Redirect:
    """Notes that all were read that stood there."""
    await read_all(call_of(ctx), form.until, form.kind or None)
    return Redirect(to=HERE, message=ctx.t("All are read."))


PAGES: Final[list[PageDeclaration | ActionDeclaration]] = [
    index,
    bell,
    latest,
    open_one,
    read_here,
    read_all_here,
]


def _at(asked: dict[str, str], cursor: str | None) -> str:
    if cursor is None:
        return ""
    kept = {name: value for name, value in {**asked, "cursor": cursor}.items() if value}
    return f"{HERE}?{urlencode(kept)}"
