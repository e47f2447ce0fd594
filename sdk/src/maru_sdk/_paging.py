"""How a list is asked for, page by page (interim; the database branch replaces it)."""

from pydantic import BaseModel, ConfigDict, Field


class PageParams(BaseModel):
    """`?page=1&limit=20&sort=name&order=asc`."""

    model_config = ConfigDict(extra="forbid")
    page: int = Field(1, ge=1)
    limit: int = Field(20, ge=1, le=100)
    sort: str | None = None
    order: str = "asc"


class CursorParams(BaseModel):
    """`?cursor=&limit=20`."""

    model_config = ConfigDict(extra="forbid")
    cursor: str | None = None
    limit: int = Field(20, ge=1, le=100)
    page: int | None = None
