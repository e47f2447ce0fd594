"""`/search`: pages, actions, people and help first, then what was found of the sources' things."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from pydantic import StringConstraints

from maru.palette.entries import Group
from maru.palette.pages import ON_PAGE, found
from maru.search.finding import Finder, Found
from maru.search.routes import Cursor, From, To, call_of, sources_of
from maru.search.schemas import Asked, Hit, SourceOut
from maru_sdk import Context, Model, page
from maru_sdk.declarations import PageDeclaration

Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]


class SearchView(Model):
    """What was found, and where else one may look."""

    q: str
    source: str
    sources: list[SourceOut]
    groups: list[Group]
    hits: list[Hit]
    titles: dict[str, str]
    count: int
    more: str | None


def search_pages(finder: Finder) -> list[PageDeclaration]:
    """The page of the core plugin `search`."""

    @page("", title="Search", signed_in=True, template="maru/search/results.html")
    async def results(
        ctx: Context,
        q: Words = "",
        source: str = "",
        author: UUID | None = None,
        since: From = None,
        until: To = None,
        cursor: Cursor | None = None,
    ) -> SearchView:
        """What may be meant, the best first."""
        asked = Asked(
            q=q, source=source or None, author=author, since=since, until=until, cursor=cursor
        )
        sought = q.replace("\x00", "").strip()
        things = await finder.find(call_of(ctx), asked) if sought else Found()
        narrow = any((source, author, since, until, cursor)) or not sought
        groups = [] if narrow else (await found(call_of(ctx), sought, ON_PAGE)).groups
        sources = sources_of(ctx)
        return SearchView(
            q=sought,
            source=source,
            sources=sources,
            groups=groups,
            hits=things.hits,
            titles={one.name: one.title for one in sources},
            count=sum(len(group.entries) for group in groups) + len(things.hits),
            more=_more(asked, things),
        )

    return [results]


def _more(asked: Asked, found: Found) -> str | None:
    """Where the list goes on."""
    if found.next is None:
        return None
    kept: dict[str, object] = {"q": asked.q, "source": asked.source, "author": asked.author}
    kept |= {"from": asked.since, "to": asked.until, "cursor": found.next}
    return f"/search?{urlencode({name: value for name, value in kept.items() if value})}"
