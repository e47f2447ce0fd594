"""Second factors in the admin area."""

from maru.access.permissions import SIGN_IN_MANAGE
from maru.account.parts import AccountParts
from maru.admin.factors.pages import PAGES
from maru.admin.factors.routes import factor_routes
from maru.admin.groups import SECURITY
from maru_sdk import Navigation, Part


def factor_part(account: AccountParts) -> Part:
    """Who must have one, and the reset of a person's."""
    link = Navigation(
        "Two-step sign-in",
        "/admin/second-factor",
        icon="shield-check",
        needs=SIGN_IN_MANAGE,
        order=892,
        group=SECURITY,
    )
    return Part(navigation=[link], routes=factor_routes(account.factors), pages=PAGES)
