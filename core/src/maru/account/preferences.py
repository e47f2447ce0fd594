"""`/preferences`: the language and the theme of a browser, chosen by forms that need no script, and
how one signs in."""

from typing import Final

from maru.account.factors.pages import two_step_pages
from maru.account.notices import signed_in_anew
from maru.account.parts import AccountParts
from maru.account.schemas import MeChange, PreferencesForm
from maru.account.security_pages import security_pages
from maru.account.service import call_of, change_me
from maru.account.settings_page import settings_pages
from maru.identity.cookies import CookieRedirect
from maru.identity.places import local
from maru.web.shell import LOCALE_COOKIE, SIDE_COOKIE, THEME_COOKIE
from maru_sdk import Context, Plugin, Redirect, action

_YEAR: Final = 365 * 86_400


def preferences_plugin(parts: AccountParts) -> Plugin:
    """The core plugin `preferences`."""
    people, sessions = parts.people, parts.sessions

    @action("", public=True)
    async def choose(ctx: Context, form: PreferencesForm) -> Redirect:
        """Remembers the choice in the browser, that of language and theme with who is signed in."""
        cookies = call_of(ctx).cookies
        assert cookies is not None
        chosen = {LOCALE_COOKIE: form.locale, THEME_COOKIE: form.theme, SIDE_COOKIE: form.side}
        own = {"locale": form.locale, "theme": form.theme}
        if ctx.user is not None and any(own.values()):
            change = {name: value for name, value in own.items() if value}
            await change_me(ctx, people, MeChange(**change))
        kept = [cookies.preference(name, value, _YEAR) for name, value in chosen.items() if value]
        return CookieRedirect(to=local(form.next), cookies=kept)

    pages = [
        choose,
        *settings_pages(people),
        *security_pages(sessions, parts.changes),
        *two_step_pages(sessions, parts.factors),
    ]
    return Plugin(
        title="Preferences",
        icon="sliders-horizontal",
        pages=pages,
        notifications=[signed_in_anew],
    )
