"""`/api/v1/search`: what is found, and where one may look."""

from datetime import date
from typing import Annotated, cast
from uuid import UUID

import orjson
from fastapi import Query
from pydantic import Field, StringConstraints

from maru.access.permissions import USERS_READ
from maru.identity.people import TAG
from maru.identity.people_queries import UserOut
from maru.organization.seeking import sought
from maru.plugins.context import Call, PluginContext
from maru.search.finding import Finder, Found
from maru.search.readable import open_sources
from maru.search.schemas import Asked, Hit, SourceOut, Suggestion
from maru_sdk import Context, Page, get
from maru_sdk.declarations import Route

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Most = Annotated[int, Field(ge=1, le=100)]
Name = Annotated[str, StringConstraints(max_length=200)]
From = Annotated[date | None, Query(alias="from")]
To = Annotated[date | None, Query(alias="to")]
Cursor = Annotated[str, StringConstraints(max_length=2_000)]


def call_of(ctx: Context) -> Call:
    """The piece of work behind a context."""
    return cast("PluginContext", ctx).call


def sources_of(ctx: Context) -> list[SourceOut]:
    """The sources that the reader may look into."""
    call = call_of(ctx)
    return [
        SourceOut(name=source.name, title=call.ctx(key).t(source.title), icon=source.icon)
        for key, source in open_sources(call)
    ]


def search_routes(finder: Finder) -> list[Route]:
    """The routes of the core plugin `search`."""

    @get("", signed_in=True, no_store="who may see what is found changes at once")
    async def search(
        ctx: Context,
        q: Words,
        source: Name | None = None,
        author: UUID | None = None,
        department: UUID | None = None,
        since: From = None,
        until: To = None,
        cursor: Cursor | None = None,
        limit: Most = 20,
    ) -> Page[Hit]:
        """What may be meant by `q`, the best first. `source` is one of `/search/sources`;
        `department` leaves what belongs to it, or is by who works there, or below; `from` and `to`
        are days in the reader's time zone."""
        asked = Asked(
            q=q,
            source=source,
            author=author,
            department=department,
            since=since,
            until=until,
            cursor=cursor,
            limit=limit,
        )
        return _page(await finder.find(call_of(ctx), asked), limit)

    @get("/employees", needs=USERS_READ, cache="30s", audience="tenant", tags=(TAG,))
    async def employees(ctx: Context, q: Words, limit: Most = 20) -> list[UserOut]:
        """The first people whom `q` may mean: the beginning of a name, of its initial consonants
        or both mixed (홍ㄱㄷ), its romanisation, of a user name, mail address, employee number or
        phone number, or of their department's name."""
        return await sought(ctx, q, limit)

    @get("/autocomplete", needs=USERS_READ, cache="30s", audience="tenant", tags=(TAG,))
    async def autocomplete(ctx: Context, q: Words, limit: Most = 8) -> list[Suggestion]:
        """The same in few words, while somebody types."""
        return [Suggestion.of(one) for one in await sought(ctx, q, limit)]

    @get("/sources", signed_in=True, no_store="rights and switched plugins are in it")
    async def sources(ctx: Context) -> list[SourceOut]:
        """Where the reader may look."""
        return sources_of(ctx)

    return [search, sources, employees, autocomplete]


def _page(found: Found, limit: int) -> Page[Hit]:
    json = orjson.dumps([hit.model_dump(mode="json") for hit in found.hits])
    pagination = {"limit": limit, "next": found.next, "prev": None}
    return Page(json, Hit, pagination | {"total": None, "totalExact": False})
