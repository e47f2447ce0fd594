"""What a tenant's admin may set."""

from datetime import datetime, timedelta

from pydantic import Field

from maru_sdk import Context, Settings


class BoardSettings(Settings):
    """The form in the admin area is made from these fields."""

    page_size: int = Field(20, ge=5, le=100, title="Posts on a page")
    new_days: int = Field(2, ge=0, le=30, title="Days for which a post is marked as new")


async def new_since(ctx: Context) -> datetime:
    """Since when a post is marked as new."""
    settings = await ctx.settings(BoardSettings)
    return ctx.now - timedelta(days=settings.new_days)
