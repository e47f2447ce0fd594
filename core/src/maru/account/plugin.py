"""Core's plugins around a person's account, as the house hands them to the host."""

from uuid import UUID

from maru.account.auth import auth_plugin
from maru.account.login import login_plugin, logout_plugin
from maru.account.parts import AccountParts
from maru.account.preferences import preferences_plugin
from maru.account.users import users_plugin
from maru.identity.policy import OWN_KEY, PasswordPolicy, PolicyOf
from maru.plugins.settings import SettingsStore
from maru_sdk import Plugin


def policies(store: SettingsStore) -> PolicyOf:
    """What each tenant asks of passwords."""

    async def policy_of(tenant_id: UUID) -> PasswordPolicy:
        return await store.get(tenant_id, OWN_KEY, PasswordPolicy)

    return policy_of


def account_plugins(parts: AccountParts) -> dict[str, Plugin]:
    """`auth`, `users`, `preferences`, `login` and `logout`, by key."""
    sessions, changes, letters = parts.sessions, parts.changes, parts.letters
    return {
        "auth": auth_plugin(sessions, changes, letters),
        "users": users_plugin(parts.people),
        "preferences": preferences_plugin(parts.people, sessions, changes),
        "login": login_plugin(sessions, changes, letters),
        "logout": logout_plugin(sessions),
    }
