"""Glue to a plugin `pal`: there where both are on."""

from maru_kinds.schemas import Count
from maru_sdk import Context, Part, get


@get("/bridge", signed_in=True, no_store="a test")
async def of_the_bridge(ctx: Context) -> Count:
    """Shows that a bridge's routes are its owner's."""
    return Count(count=2)


part = Part(routes=[of_the_bridge])
