"""What a tenant's admin may set."""

from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from maru_sdk import Context, Settings
from maru_sdk.forms import choices


class BoardSettings(Settings):
    """The form in the admin area is made from these fields."""

    order: Literal["given", "name"] = Field(
        "given",
        title="Order of boards",
        json_schema_extra=choices({"given": "As given", "name": "By name"}),
    )
    trash_days: int = Field(30, ge=1, le=365, title="Days for which deleted posts can be restored")
    page_size: int = Field(20, ge=5, le=100, title="Posts on a page")
    new_days: int = Field(2, ge=0, le=30, title="Days for which a post is marked as new")


async def new_since(ctx: Context) -> datetime:
    """Since when a post is marked as new."""
    settings = await ctx.settings(BoardSettings)
    return ctx.now - timedelta(days=settings.new_days)
