"""Where the links in mails lead: a page with a button, and the address that mail programs post to.

Neither needs a sign-in. A link alone changes nothing: mail scanners follow links.
"""

from typing import Annotated

from pydantic import StringConstraints

from maru.notifications.kinds import call_of, found
from maru.notifications.leaving import Leaving
from maru_sdk import Context, Model, Redirect, action, page, post
from maru_sdk.declarations import ActionDeclaration, PageDeclaration, Route

Token = Annotated[str, StringConstraints(max_length=2_000)]


class LeaveView(Model):
    """What the link ends; `title` is the kind's, empty for all."""

    title: str
    token: str
    done: bool


class LeftOut(Model):
    """The kind of which no mails come any more, empty for all."""

    kind: str


def leave_pages(leaving: Leaving) -> list[PageDeclaration | ActionDeclaration]:
    """The page of a link and its form."""

    @page(
        "/leave/{token}",
        title="End these mails",
        public=True,
        template="maru/notifications/leave.html",
    )
    async def leave(ctx: Context, token: Token, done: bool = False) -> LeaveView:
        """Asks whether these mails are to end."""
        call = call_of(ctx)
        one = found(call, leaving.read(call, token).kind)
        title = "" if one is None else call.ctx(one[0]).t(one[1].title)
        return LeaveView(title=title, token=token, done=done)

    @action("/leave/{token}", public=True)
    async def leave_now(ctx: Context, token: Token) -> Redirect:
        """Ends them."""
        await leaving.leave(call_of(ctx), token)
        return Redirect(to=f"/notifications/leave/{token}?done=true")

    return [leave, leave_now]


def leave_route(leaving: Leaving) -> Route:
    """Where mail programs post to (RFC 8058)."""

    @post("/leave/{token}", public=True, status=200)
    async def leave_at_once(ctx: Context, token: Token) -> LeftOut:
        """Ends the mails that a link in one of them names. Twice is once."""
        left = await leaving.leave(call_of(ctx), token)
        return LeftOut(kind=left.kind)

    return leave_at_once
