"""Passwords, invitations and people's sessions in the admin area."""

from maru.access.permissions import USERS_MANAGE
from maru.account.parts import AccountParts
from maru.admin.groups import SECURITY
from maru.admin.passwords.pages import password_pages
from maru.admin.passwords.routes import password_routes
from maru_sdk import Navigation, Part


def password_part(account: AccountParts) -> Part:
    """Over the services of people's accounts."""
    link = Navigation(
        "Passwords", "/admin/passwords", icon="key", needs=USERS_MANAGE, order=870, group=SECURITY
    )
    letters, sessions = account.letters, account.sessions
    return Part(
        navigation=[link],
        routes=password_routes(letters, sessions),
        pages=password_pages(letters, sessions),
    )
