"""How a caller asks for a page of a list, and what is wrong with a page that can't be given."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from maru_sdk._errors import InvalidInput

MAX_PAGE = 500


class InvalidCursor(InvalidInput):
    """The cursor was not made by this list, or was changed on its way."""

    code = "CURSOR_INVALID"
    message = "The cursor does not belong to this list"


class UnknownSort(InvalidInput):
    """The list can't be sorted by that name; `details["allowed"]` holds the names that it can."""

    code = "SORT_UNKNOWN"
    message = "The list can't be sorted by {sort}"


class PageUnsupported(InvalidInput):
    """So deep into a list that grows without end only a cursor leads."""

    code = "PAGE_UNSUPPORTED"
    message = "Beyond page {last} only a cursor leads"


class PageParams(BaseModel):
    """`?page=1&limit=20&sort=name&order=asc`: for lists that stay short."""

    model_config = ConfigDict(extra="forbid")
    page: int = Field(default=1, ge=1, le=1_000_000)
    limit: int = Field(default=20, ge=1, le=100)
    sort: str | None = Field(default=None, max_length=100)
    order: Literal["asc", "desc"] = "asc"


class CursorParams(BaseModel):
    """`?cursor=&limit=20`: for lists that grow without end; `page` up to 500 instead."""

    model_config = ConfigDict(extra="forbid")
    cursor: str | None = Field(default=None, max_length=2_000)
    limit: int = Field(default=20, ge=1, le=100)
    page: int | None = Field(default=None, ge=1, le=1_000_000_000)
