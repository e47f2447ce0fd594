"""How every way of signing in ends, for browsers and for programs: in a session, or before the next
step."""

from typing import Final
from urllib.parse import urlencode

from maru.account.new_device import tell_of_new_device
from maru.account.schemas import TokensOut
from maru.account.service import call_of, me_of, origin_of
from maru.identity.cookies import CookieRedirect, Cookies
from maru.identity.devices import DEVICE_LIFE
from maru.identity.errors import StepRequired
from maru.identity.places import HOME, local
from maru.identity.sessions import BrowserSession, Sessions, Tokens
from maru.identity.steps import TICKET_LIFE, Proved, path_of
from maru.portal.start import START
from maru_sdk import Context, Redirect

LOGIN: Final = "/login"


async def enter_browser(
    ctx: Context, sessions: Sessions, proved: Proved, next_: str = HOME
) -> Redirect:
    """Opens the browser's session and goes on to `next_`, or leads to the next step."""
    try:
        browser = await sessions.enter_browser(proved, origin_of(ctx), visitor_of(ctx))
    except StepRequired as step:
        return to_step(ctx, step, next_)
    await tell_of_new_device(ctx, browser)
    return signed_in(ctx, browser, await _first_page(ctx, proved, next_))


async def _first_page(ctx: Context, proved: Proved, next_: str) -> str:
    """Where somebody wanted to go, else where they like to begin."""
    if local(next_) != HOME:
        return next_
    row = await call_of(ctx).services.people.row(ctx.tenant.id, proved.person_id)
    return START if row is not None and row.start_page not in (None, HOME) else HOME


async def enter_client(ctx: Context, sessions: Sessions, proved: Proved) -> TokensOut:
    """The tokens of a program; raises StepRequired with a ticket."""
    return await given(ctx, await sessions.enter_client(proved, origin_of(ctx)))


def signed_in(ctx: Context, browser: BrowserSession, next_: str) -> Redirect:
    """Hands the browser its cookie."""
    cookies = cookies_of(ctx)
    kept = [
        cookies.set_session(browser.cookie, browser.max_age),
        cookies.set_device(browser.device, DEVICE_LIFE),
    ]
    if cookies.step in call_of(ctx).jar:
        kept.append(cookies.end_step())
    return CookieRedirect(to=local(next_), cookies=kept)


def to_step(ctx: Context, required: StepRequired, next_: str) -> Redirect:
    """Leads to the page of a step, its ticket in a cookie."""
    there = f"{LOGIN}/{path_of(required.step)}"
    if local(next_) != HOME:
        there = f"{there}?{urlencode({'next': local(next_)})}"
    cookie = cookies_of(ctx).set_step(required.ticket, TICKET_LIFE)
    return CookieRedirect(to=there, cookies=[cookie])


def to_start(ctx: Context, next_: str = HOME) -> Redirect:
    """Back to the form: the ticket is over, or there was none."""
    there = LOGIN if local(next_) == HOME else f"{LOGIN}?{urlencode({'next': local(next_)})}"
    message = ctx.t("Please sign in once more: too much time has passed")
    return CookieRedirect(to=there, message=message, cookies=[cookies_of(ctx).end_step()])


def ticket_of(ctx: Context) -> str:
    """The ticket that this browser has; empty where it has none."""
    return call_of(ctx).jar.get(cookies_of(ctx).step, "")


def visitor_of(ctx: Context) -> str:
    """What the tickets of this browser are bound to."""
    return call_of(ctx).jar.get(cookies_of(ctx).visitor, "")


def cookies_of(ctx: Context) -> Cookies:
    """The names of this request's cookies."""
    cookies = call_of(ctx).cookies
    assert cookies is not None
    return cookies


async def given(ctx: Context, tokens: Tokens) -> TokensOut:
    """Tokens as the API hands them out, with whom they are for."""
    person_id = tokens.caller.person_id
    granted = await call_of(ctx).services.rights.granted(ctx.tenant.id, person_id)
    return TokensOut(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        expires_in=tokens.expires_in,
        user=await me_of(ctx, person_id, granted),
    )
