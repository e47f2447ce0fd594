"""What people are told of their own account."""

from typing import Final

from maru_sdk import Context, Model
from maru_sdk.notifications import Notice, notification

SECURITY: Final = "/preferences/security"


class SignedIn(Model):
    """A sign-in in a browser that its person had not used before."""

    device: str
    address: str


@notification("Sign-ins in a new browser", icon="shield", channels=("in_app",), always=True)
async def signed_in_anew(ctx: Context, ask: SignedIn) -> Notice:
    """Where from; whoever it wasn't ends it on the page that this leads to."""
    title = ctx.t("Somebody signed in as you in a new browser")
    return Notice(title=title, body=" · ".join(filter(None, (ask.device, ask.address))),
                  url=SECURITY)  # fmt: skip
