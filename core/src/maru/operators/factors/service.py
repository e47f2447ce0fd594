"""What the pages around operators' second factors share."""

from typing import Final
from uuid import UUID

from maru.account.entry import cookies_of
from maru.account.factors.schemas import AppView
from maru.account.factors.service import wrong
from maru.account.service import call_of, origin_of
from maru.audit.trail import Actor
from maru.identity.cookies import CookieRedirect
from maru.identity.errors import InvalidCredentials, TooManyAttempts
from maru.identity.factors import totp
from maru.identity.factors.errors import FactorNotFound
from maru.identity.places import local
from maru.identity.steps import TICKET_LIFE
from maru.operators.factors.entrance import Entrance
from maru.operators.factors.factors import acting
from maru.operators.sessions import LIFE, Opened
from maru_sdk import Context, Redirect

HERE: Final = "/operator"
HOME: Final = f"{HERE}/tenants"
STEP: Final = f"{HERE}/second-factor"
OWN: Final = f"{HERE}/two-step"


def inside(to: str) -> str:
    """A place of this area; anything else is its beginning."""
    place = local(to)
    return place if place.startswith(f"{HERE}/") else HOME


def signed_in(ctx: Context, opened: Opened, next_: str) -> Redirect:
    """Hands the browser its cookie."""
    cookies = cookies_of(ctx)
    kept = [cookies.set_session(opened.token, int(LIFE.total_seconds()))]
    if cookies.step in call_of(ctx).jar:
        kept.append(cookies.end_step())
    return CookieRedirect(to=inside(next_), cookies=kept)


def to_step(ctx: Context, ticket: str) -> Redirect:
    """Leads to the page of the second factor, the ticket in a cookie."""
    return CookieRedirect(to=STEP, cookies=[cookies_of(ctx).set_step(ticket, TICKET_LIFE)])


def to_start(ctx: Context) -> Redirect:
    """Back to the form: the ticket is over, or there was none."""
    message = ctx.t("Please sign in once more: too much time has passed")
    return CookieRedirect(to=HERE, message=message, cookies=[cookies_of(ctx).end_step()])


async def waiting_app(
    ctx: Context, entrance: Entrance, operator_id: UUID, username: str
) -> AppView | None:
    """The app that waits for its first code."""
    try:
        secret = await entrance.factors.apps.waiting(call_of(ctx).unit, operator_id)
    except FactorNotFound:
        return None
    address = totp.address(secret, username, f"{ctx.t('Operation')} {host(ctx)}")
    return AppView(picture=totp.picture(address), secret=totp.grouped(secret))


def host(ctx: Context) -> str:
    """How devices name this installation."""
    return call_of(ctx).site.partition("://")[2]


async def proved_again(ctx: Context, entrance: Entrance, password: str) -> None:
    """Raises InvalidInput beside the field unless the password is the operator's."""
    try:
        await entrance.sessions.prove(ctx.me.username, password, origin_of(ctx))
    except (InvalidCredentials, TooManyAttempts) as refusal:
        raise wrong("password", ctx.t(refusal.text)) from None


def actor_of(ctx: Context) -> Actor:
    """The operator who is signed in."""
    return acting(ctx.me.username, origin_of(ctx))
