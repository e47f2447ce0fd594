"""`/search`: the results of all sources on one page."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from pydantic import StringConstraints

from maru.search.analyst import Analyst
from maru.search.finding import Found, find
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
    hits: list[Hit]
    titles: dict[str, str]
    more: str | None


def search_pages(analyst: Analyst) -> list[PageDeclaration]:
    """The page of the core plugin `search`."""

    @page("/", title="Search", signed_in=True, template="maru/search/results.html")
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
        found = await find(call_of(ctx), analyst, asked) if q else Found()
        sources = sources_of(ctx)
        kept: dict[str, object] = {"q": q, "source": source, "from": since or "", "to": until or ""}
        kept |= {"author": author or "", "cursor": found.next or ""}
        return SearchView(
            q=q,
            source=source,
            sources=sources,
            hits=found.hits,
            titles={one.name: one.title for one in sources},
            more=f"/search?{urlencode({n: v for n, v in kept.items() if v})}"
            if found.next
            else None,
        )

    return [results]
