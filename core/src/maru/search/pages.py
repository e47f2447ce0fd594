"""`/search`: pages, actions, people and help first, then what was found of the sources' things."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BeforeValidator, StringConstraints

from maru.palette.entries import Group
from maru.palette.pages import ON_PAGE, found
from maru.search.finding import Finder, Found
from maru.search.lately import forget, lately, remember
from maru.search.narrowing import HERE, Narrowing, address, kept, narrowing
from maru.search.routes import Cursor, call_of, sources_of
from maru.search.schemas import Asked, Hit
from maru_sdk import Context, Model, Redirect, action, page
from maru_sdk.declarations import ActionDeclaration, PageDeclaration


def _none(value: object) -> object:
    """What a form leaves empty isn't asked for."""
    return None if value == "" else value


Chosen = Annotated[UUID | None, BeforeValidator(_none)]
Since = Annotated[date | None, Query(alias="from"), BeforeValidator(_none)]
Until = Annotated[date | None, Query(alias="to"), BeforeValidator(_none)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class Lately(Model):
    """Something that the reader has sought before."""

    text: str
    url: str


class SearchView(Model):
    """What was found, and by what it can be narrowed."""

    q: str
    source: str
    narrow: Narrowing
    groups: list[Group]
    hits: list[Hit]
    titles: dict[str, str]
    count: int
    more: str | None
    lately: list[Lately]


def search_pages(finder: Finder) -> list[PageDeclaration | ActionDeclaration]:
    """The page of the core plugin `search`, and the form on it."""

    @page("", title="Search", signed_in=True, template="maru/search/results.html")
    async def results(
        ctx: Context,
        q: Words = "",
        source: str = "",
        author: Chosen = None,
        department: Chosen = None,
        since: Since = None,
        until: Until = None,
        cursor: Cursor | None = None,
    ) -> SearchView:
        """What may be meant, the best first."""
        call, sought = call_of(ctx), q.replace("\x00", "").strip()
        asked = Asked(
            q=sought,
            source=source or None,
            author=author,
            department=department,
            since=since,
            until=until,
            cursor=cursor,
        )
        things = await finder.find(call, asked) if sought else Found()
        sources = sources_of(ctx)
        narrow = await narrowing(ctx, call, asked, sources, things.hits)
        beside = sought and not (source or cursor or narrow.used)
        groups = (await found(call, sought, ON_PAGE)).groups if beside else []
        if beside:
            await remember(call, ctx.me.id, sought)
        before = [] if sought else await lately(call, ctx.me.id)
        return SearchView(
            q=sought,
            source=source,
            narrow=narrow,
            groups=groups,
            hits=things.hits,
            titles={one.name: one.title for one in sources},
            count=sum(len(group.entries) for group in groups) + len(things.hits),
            more=address(**kept(asked), cursor=things.next) if things.next else None,
            lately=[Lately(text=one, url=address(q=one)) for one in before],
        )

    @action("/lately/clear", signed_in=True, again=results)
    async def clear(ctx: Context) -> Redirect:
        """Forgets what the reader has sought."""
        await forget(call_of(ctx), ctx.me.id)
        return Redirect(to=HERE, message=ctx.t("Your searches are forgotten"))

    return [results, clear]
