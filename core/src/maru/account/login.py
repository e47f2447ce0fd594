"""`/login` and `/logout`: the browser's way in and out. No token comes within a script's reach."""

from typing import Final

from maru.account.elsewhere import (
    elsewhere_pages,
    leaving_of,
    linking_pages,
    login_view,
    proved_by,
)
from maru.account.entry import cookies_of, enter_browser
from maru.account.factors.step import passkey_pages, step_pages
from maru.account.forgotten import forgotten_pages
from maru.account.new_password import new_password_pages
from maru.account.parts import AccountParts
from maru.account.schemas import LoginForm
from maru.account.service import caller_of, origin_of
from maru.federation.errors import SignInStopped
from maru.federation.single import SingleSignOn
from maru.identity import places
from maru.identity.cookies import CookieRedirect
from maru.identity.errors import InvalidCredentials
from maru.identity.sessions import Sessions
from maru_sdk import Context, InvalidInput, Model, Plugin, Redirect, action, page

# "cookies" would take the sibling tenants' along: it counts for the whole site.
_FORGET: Final = {"clear-site-data": '"cache", "storage"'}


class SignInRefused(InvalidInput):
    """Shows the form once more."""


def login_plugin(parts: AccountParts) -> Plugin:
    """The core plugin `login`."""
    sessions, changes, letters = parts.sessions, parts.changes, parts.letters
    single = parts.single

    @page("", title="Sign in", public=True, template="maru/login.html")
    async def login_page(
        ctx: Context,
        next: str = "/",  # noqa: A002
        stopped: str = "",
        local: bool = False,
    ) -> Model:
        """The form; who is signed in already goes on."""
        if ctx.user is not None:
            return Redirect(to=places.local(next))
        return await login_view(ctx, single, next, stopped, own=local)

    @action("", public=True, again=login_page, limit="sign-in")
    async def login(ctx: Context, form: LoginForm) -> Redirect:
        """Opens the browser's session; a refusal shows the form again."""
        try:
            proved = await proved_by(
                ctx, sessions, single, form.username, form.password, form.provider
            )
            return await enter_browser(ctx, sessions, proved, form.next)
        except (InvalidCredentials, SignInStopped) as refusal:
            raise SignInRefused(ctx.t(refusal.text)) from None

    pages = [
        login_page,
        login,
        *new_password_pages(sessions, changes),
        *elsewhere_pages(sessions, single),
        *step_pages(sessions, parts.factors),
        *passkey_pages(sessions, parts.factors),
        *linking_pages(single),
        *forgotten_pages(sessions, letters, letters.tickets),
    ]
    return Plugin(title="Sign in", icon="log-in", pages=pages)


def logout_plugin(sessions: Sessions, single: SingleSignOn) -> Plugin:
    """The core plugin `logout`."""

    @action("", signed_in=True)
    async def logout(ctx: Context) -> Redirect:
        """Ends the browser's session and has the browser forget what it kept."""
        to = await leaving_of(ctx, single)
        await sessions.sign_out(caller_of(ctx), origin_of(ctx))
        cookie = cookies_of(ctx).end_session()
        return CookieRedirect(to=to, cookies=[cookie], headers=_FORGET)

    return Plugin(title="Sign out", icon="log-out", pages=[logout])
