"""Core's plugins around a person's account, as the house hands them to the host."""

from maru.account.auth import auth_plugin
from maru.account.login import login_plugin, logout_plugin
from maru.account.preferences import preferences_plugin
from maru.account.users import users_plugin
from maru.federation.single import SingleSignOn
from maru.identity.changing import PasswordChanges
from maru.identity.people import People
from maru.identity.sessions import Sessions
from maru_sdk import Plugin


def account_plugins(
    sessions: Sessions, people: People, changes: PasswordChanges, single: SingleSignOn
) -> dict[str, Plugin]:
    """`auth`, `users`, `preferences`, `login` and `logout`, by key."""
    return {
        "auth": auth_plugin(sessions, changes, single),
        "users": users_plugin(people),
        "preferences": preferences_plugin(people),
        "login": login_plugin(sessions, changes, single),
        "logout": logout_plugin(sessions, single),
    }
