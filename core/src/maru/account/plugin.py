"""Core's plugins around a person's account, as the house hands them to the host."""

from maru.account.auth import auth_plugin
from maru.account.factors.pages import two_step_pages
from maru.account.login import login_plugin, logout_plugin
from maru.account.preferences import preferences_plugin
from maru.account.users import users_plugin
from maru.federation.single import SingleSignOn
from maru.identity.changing import PasswordChanges
from maru.identity.factors.factors import Factors
from maru.identity.people import People
from maru.identity.sessions import Sessions
from maru_sdk import Plugin


def account_plugins(
    sessions: Sessions,
    people: People,
    changes: PasswordChanges,
    single: SingleSignOn,
    factors: Factors,
) -> dict[str, Plugin]:
    """`auth`, `users`, `preferences`, `login` and `logout`, by key."""
    return {
        "auth": auth_plugin(sessions, changes, single, factors),
        "users": users_plugin(people),
        "preferences": preferences_plugin(people, two_step_pages(sessions, factors)),
        "login": login_plugin(sessions, changes, single, factors),
        "logout": logout_plugin(sessions, single),
    }
