"""What people are told, and a route that tells them."""

import asyncio
from uuid import UUID

from pydantic import Field

from maru_sdk import Context, InvalidInput, Model, Permission, post
from maru_sdk.notifications import Notice, Recipients, notification

SECRET = Permission("wanderer:secret:read", "Know secrets")


class Postcard(Model):
    """A text, and where it was written."""

    text: str
    place: str = "here"


class Sent(Model):
    """A postcard and whom it is for."""

    text: str
    people: list[UUID] = Field(default_factory=list)
    everyone: bool = False
    secret: bool = False
    key: str | None = None
    bundle: str | None = None


@notification("Postcards", icon="mail", channels=("in_app",))
async def postcard(ctx: Context, ask: Postcard, count: int) -> Notice:
    """Its words; some postcards can't be read."""
    if ask.text == "hang":
        await asyncio.sleep(30)
    url = "//elsewhere.example" if ask.text == "away" else "/wanderer/"
    return Notice(title=f"{count}: {ask.text} ({ctx.locale})", body=ask.place, url=url)


@notification("Secrets", needs=SECRET, always=True)
async def secret(ctx: Context, ask: Postcard) -> Notice:
    """Not everybody's."""
    return Notice(title=ask.text)


@post("/postcards", signed_in=True)
async def send(ctx: Context, body: Sent) -> Sent:
    """Tells people; "undone" is."""
    await ctx.notify(
        secret if body.secret else postcard,
        Postcard(text=body.text),
        to=Recipients(people=body.people, everyone=body.everyone),
        key=body.key,
        bundle=body.bundle,
    )
    if body.text == "undone":
        raise InvalidInput
    return body
