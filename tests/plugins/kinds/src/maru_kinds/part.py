"""A part of the plugin, with a route of its own."""

from maru_kinds.schemas import Count
from maru_sdk import Context, Part, get


@get("/part", signed_in=True, no_store="a test")
async def of_a_part(ctx: Context) -> Count:
    """Shows that a part's routes are the plugin's."""
    return Count(count=1)


part = Part(routes=[of_a_part])
