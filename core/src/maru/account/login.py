"""`/login` and `/logout`: the browser's way in and out. No token comes within a script's reach."""

from typing import Final

from maru.account.entry import cookies_of, enter_browser
from maru.account.forgotten import forgotten_pages
from maru.account.letters import AccountLetters
from maru.account.new_password import new_password_pages
from maru.account.schemas import LoginForm, LoginPage
from maru.account.service import caller_of, origin_of
from maru.identity.changing import PasswordChanges
from maru.identity.cookies import CookieRedirect
from maru.identity.errors import InvalidCredentials, TooManyAttempts
from maru.identity.places import local
from maru.identity.sessions import Sessions
from maru_sdk import Context, InvalidInput, Model, Plugin, Redirect, action, page

# "cookies" would take the sibling tenants' along: it counts for the whole site.
_FORGET: Final = {"clear-site-data": '"cache", "storage"'}


class SignInRefused(InvalidInput):
    """Shows the form once more."""


def login_plugin(sessions: Sessions, changes: PasswordChanges, letters: AccountLetters) -> Plugin:
    """The core plugin `login`."""

    @page("", title="Sign in", public=True, template="maru/login.html")
    async def login_page(ctx: Context, next: str = "/") -> Model:  # noqa: A002
        """The form; who is signed in already goes on."""
        if ctx.user is not None:
            return Redirect(to=local(next))
        return LoginPage(next=local(next))

    @action("", public=True, again=login_page, limit="sign-in")
    async def login(ctx: Context, form: LoginForm) -> Redirect:
        """Opens the browser's session; a refusal shows the form again."""
        try:
            proved = await sessions.prove_password(
                ctx.tenant.id, form.username, form.password, origin_of(ctx)
            )
            return await enter_browser(ctx, sessions, proved, form.next)
        except (InvalidCredentials, TooManyAttempts) as refusal:
            raise SignInRefused(ctx.t(refusal.text)) from None

    pages = [
        login_page,
        login,
        *new_password_pages(sessions, changes),
        *forgotten_pages(sessions, letters, letters.tickets),
    ]
    return Plugin(title="Sign in", icon="log-in", pages=pages)


def logout_plugin(sessions: Sessions) -> Plugin:
    """The core plugin `logout`."""

    @action("", signed_in=True)
    async def logout(ctx: Context) -> Redirect:
        """Ends the browser's session and has the browser forget what it kept."""
        await sessions.sign_out(caller_of(ctx), origin_of(ctx))
        cookie = cookies_of(ctx).end_session()
        return CookieRedirect(to="/login", cookies=[cookie], headers=_FORGET)

    return Plugin(title="Sign out", icon="log-out", pages=[logout])
