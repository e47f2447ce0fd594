"""What the pages around second factors share: who stands there, and what they are shown."""

from typing import Final
from uuid import UUID

from maru.account.entry import ticket_of, visitor_of
from maru.account.factors.schemas import AppView, PasskeyQuestion
from maru.account.service import call_of, caller_of, origin_of
from maru.identity.errors import InvalidCredentials, TooManyAttempts
from maru.identity.factors import totp
from maru.identity.factors.errors import FactorNotFound
from maru.identity.factors.factors import Factors
from maru.identity.factors.passkeys import Site
from maru.identity.factors.ring import Question
from maru.identity.factors.step import SecondFactor
from maru.identity.sessions import Sessions
from maru.identity.steps import Proved, standing
from maru_sdk import Context, InvalidInput

STEP: Final = SecondFactor.name


def site_of(ctx: Context) -> Site:
    """The address in the browser, which passkeys are bound to."""
    return Site(call_of(ctx).site)


def seen(question: Question) -> PasskeyQuestion:
    """A question as templates take it."""
    return PasskeyQuestion(token=question.token, options=question.options)


async def stands_before(ctx: Context, sessions: Sessions) -> Proved:
    """Whose second factor this browser's ticket asks for; raises as `Sessions.resume`."""
    return await sessions.resume(ctx.tenant.id, ticket_of(ctx), STEP, visitor_of(ctx))


async def waiting_app(ctx: Context, factors: Factors, person_id: UUID) -> AppView | None:
    """The app that waits for its first code."""
    try:
        secret = await factors.apps.waiting(call_of(ctx).unit, person_id)
    except FactorNotFound:
        return None
    user = await call_of(ctx).services.people.user(ctx.tenant.id, person_id)
    name = user.username if user else str(person_id)
    address = totp.address(secret, name, ctx.tenant.name)
    return AppView(picture=totp.picture(address), secret=totp.grouped(secret))


async def has_password(ctx: Context) -> bool:
    """Whether the person could prove themselves by a password of their own here."""
    found = await standing(call_of(ctx).unit, ctx.me.id)
    return found.password_hash is not None


async def proved_again(ctx: Context, sessions: Sessions, password: str) -> None:
    """Raises InvalidInput beside the field unless the password is right; who has none here has
    proved themselves elsewhere."""
    if not await has_password(ctx):
        return
    caller, origin = caller_of(ctx), origin_of(ctx)
    try:
        await sessions.prove_again(caller.tenant_id, caller.person_id, password, origin)
    except (InvalidCredentials, TooManyAttempts) as refusal:
        raise wrong("password", ctx.t(refusal.text)) from None


def wrong(path: str, message: str) -> InvalidInput:
    """A refusal beside its field."""
    return InvalidInput(fields=[{"path": path, "code": "value_error", "message": message}])
