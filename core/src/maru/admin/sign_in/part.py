"""How people sign in, in the admin area."""

from maru.access.permissions import SIGN_IN_MANAGE
from maru.account.parts import AccountParts
from maru.admin.groups import SECURITY
from maru.admin.sign_in.pages import sign_in_pages
from maru.admin.sign_in.routes import sign_in_routes
from maru_sdk import Navigation, Part


def sign_in_part(account: AccountParts) -> Part:
    """Over the services of people's accounts."""
    link = Navigation(
        "Sign-in", "/admin/sign-in", icon="log-in", needs=SIGN_IN_MANAGE, order=860, group=SECURITY
    )
    single = account.single
    return Part(navigation=[link], routes=sign_in_routes(single), pages=sign_in_pages(single))
