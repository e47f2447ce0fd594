"""By what ways people and companies may be told."""

import asyncio

from maru_kinds.service import write
from maru_sdk import Context, InvalidInput, RateLimited, Temporary
from maru_sdk.notifications import Delivery, notification_channel

FAILED: set[str] = set()


@notification_channel("Text messages", address="Mobile number", form="phone", icon="smartphone")
async def texted(ctx: Context, ask: Delivery) -> None:
    """Keeps what it would send; some numbers are away for once, others for good."""
    if ask.address.endswith("404"):
        raise InvalidInput("nobody has this number")
    if ask.address.endswith("422"):
        raise InvalidInput('they say {"error": "no such number"} to {number', number=1)
    if ask.address.endswith("503") and str(ask.id) not in FAILED:
        FAILED.add(str(ask.id))
        raise Temporary
    if ask.address.endswith("500"):
        raise RuntimeError("a fault")
    if ask.address.endswith("504"):
        await asyncio.sleep(60)
    await write(ctx, f"to {ask.address} as {ask.id}: {ask.title}")


@notification_channel("Boards in the hall", address="Number of the board", to="company", tries=2)
async def hall(ctx: Context, ask: Delivery) -> None:
    """Keeps what the board would show."""
    if ask.address == "broken":
        raise Temporary
    if ask.address == "faulty":
        raise KeyError(ask.address)
    if ask.address == "busy":
        raise RateLimited(after=30)
    await write(ctx, f"on {ask.address}: {ask.title}")
