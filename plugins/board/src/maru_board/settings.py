"""What a tenant's admin may set."""

from pydantic import Field

from maru_sdk import Settings


class BoardSettings(Settings):
    """The form in the admin area is made from these fields."""

    page_size: int = Field(20, ge=5, le=100, title="Posts on a page")
    new_days: int = Field(2, ge=0, le=30, title="Days for which a post is marked as new")
