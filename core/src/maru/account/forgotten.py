"""`/login/forgot`, `/login/reset` and `/login/invitation`, and the same for programs."""

from datetime import timedelta
from typing import Final

from maru.account.entry import enter_browser
from maru.account.letters import AccountLetters
from maru.account.schemas import (
    Forgot,
    ForgotForm,
    ForgotPage,
    PasswordReset,
    ResetForm,
    ResetPage,
)
from maru.account.service import call_of, origin_of
from maru.audit.trail import Actor
from maru.identity.errors import TicketOver, TooManyAttempts, WeakPassword
from maru.identity.queries import RESETS_ASKED
from maru.identity.sessions import Sessions
from maru.identity.tickets import PasswordTickets, Purpose
from maru_sdk import Context, Model, Redirect, action, page, post
from maru_sdk.declarations import ActionDeclaration, PageDeclaration, Route

ASKED_AN_HOUR: Final = 30
"""From one address, behind which a whole office may sit; each person gets three mails at most."""


async def ask(ctx: Context, letters: AccountLetters, address: str) -> None:
    """Has a mail sent to whoever has this address; raises TooManyAttempts."""
    origin = origin_of(ctx)
    since = ctx.now - timedelta(hours=1)
    (before,) = await ctx.read(RESETS_ASKED, address=origin.address or "", since=since)
    if before.people >= ASKED_AN_HOUR:
        raise TooManyAttempts(after=600.0)
    call = call_of(ctx)
    actor = Actor(None, "auth", origin.address, origin.trace)
    await call.services.audit.write(call.unit, "auth.reset_asked", "password", actor=actor)
    await letters.asked(ctx, address)


def forgotten_routes(letters: AccountLetters, tickets: PasswordTickets) -> list[Route]:
    """`POST /api/v1/auth/forgot-password` and `reset-password`."""

    @post("/forgot-password", public=True, status=202, limit="sign-in")
    async def forgot_password(ctx: Context, body: Forgot) -> None:
        """Mails leave to set a new password to whoever has this address. The answer is the same
        for one that nobody has."""
        await ask(ctx, letters, body.email)

    @post("/reset-password", public=True, status=200, limit="sign-in")
    async def reset_password(ctx: Context, body: PasswordReset) -> None:
        """Sets a new password with the token of a mail: of one that was asked for, good for an
        hour, or of an invitation, good for a week. All sessions of the person end."""
        try:
            await tickets.redeem(ctx.tenant.id, body.token, body.new_password, origin_of(ctx))
        except WeakPassword as weak:
            raise weak.worded(ctx.t) from None

    return [forgot_password, reset_password]


def forgotten_pages(
    sessions: Sessions, letters: AccountLetters, tickets: PasswordTickets
) -> list[PageDeclaration | ActionDeclaration]:
    """The pages around them."""

    @page("/forgot", title="Forgotten password", public=True, template="maru/login/forgot.html")
    async def forgot_page(ctx: Context, sent: bool = False) -> ForgotPage:
        """Asks for the mail address, and says that a mail is on its way."""
        return ForgotPage(sent=sent)

    @action("/forgot", public=True, again=forgot_page, limit="sign-in")
    async def forgot(ctx: Context, form: ForgotForm) -> Redirect:
        """Has the mail sent."""
        await ask(ctx, letters, form.email)
        return Redirect(to="/login/forgot?sent=true")

    return [
        forgot_page,
        forgot,
        *_chosen(sessions, tickets, "reset", "A new password"),
        *_chosen(sessions, tickets, "invitation", "Welcome"),
    ]


def _chosen(
    sessions: Sessions, tickets: PasswordTickets, purpose: Purpose, title: str
) -> list[PageDeclaration | ActionDeclaration]:
    """The page that a mail leads to."""
    path = f"/{purpose}"

    @page(path, title=title, public=True, template="maru/login/reset.html")
    async def chosen_page(ctx: Context, token: str = "") -> Model:
        """The form for a password of one's own, or why there is none."""
        try:
            ticket = await tickets.look(ctx.tenant.id, token)
        except TicketOver:
            return ResetPage(purpose=purpose, over=True)
        policy = await sessions.policy_of(ctx.tenant.id)
        return ResetPage(
            purpose=purpose, token=token, username=ticket.username, shortest=policy.shortest
        )

    @action(path, public=True, again=chosen_page, limit="sign-in")
    async def choose(ctx: Context, form: ResetForm, token: str = "") -> Redirect:
        """Sets the password and signs in."""
        try:
            proved = await tickets.redeem(ctx.tenant.id, token, form.new_password, origin_of(ctx))
        except WeakPassword as weak:
            raise weak.worded(ctx.t) from None
        except TicketOver:
            return Redirect(to=f"/login/{purpose}")
        return await enter_browser(ctx, sessions, proved)

    return [chosen_page, choose]
