"""What a plugin gives to the one search box: things with a title, a text and an address.

A source says which events tell that a thing has changed, and has one function that gives things
by id. Core indexes what it gives, looks for words in it as Korean is written, and shows a reader
only what they may read.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from pydantic import Field

from maru_sdk._context import Context
from maru_sdk._declarations import Declaration, Handler, name_of
from maru_sdk._events import Event, Listener
from maru_sdk._model import Model
from maru_sdk._permissions import Permission
from maru_sdk._points import extension_point
from maru_sdk.db import TenantModel

__all__ = [
    "Document",
    "Documents",
    "FoundThing",
    "FoundThings",
    "Handed",
    "SearchIndex",
    "SearchSource",
    "Sought",
    "Wanted",
    "search_find",
    "search_source",
    "search_take",
]


class Wanted(Model):
    """Which things a source is asked for: those with these `ids`, or, where `ids` is None, the
    first `limit` whose id is greater than `after`, in the order of their ids."""

    ids: list[UUID] | None = None
    after: UUID | None = None
    limit: int = 200


class Document(Model):
    """A thing as search knows it. What is found in the title counts most, then the `keywords`.

    `resource` and `department_id` say on what a reader must hold the source's permission, as `on`
    of `ctx.can` does. `url` is a path on this site. Of a very long text the beginning is kept.
    """

    id: UUID
    title: str
    text: str = ""
    keywords: list[str] = Field(default_factory=list)
    url: str
    at: datetime
    author_id: UUID | None = None
    resource: str | None = None
    department_id: UUID | None = None


class Documents(Model):
    """What a source answers."""

    documents: list[Document]


class Sought(Model):
    """What an engine is asked: `q` as it was typed, among the things of these `sources` that were
    written by `author_id`, since and until then. The first `skip` are known already."""

    q: str
    sources: list[str]
    author_id: UUID | None = None
    since: datetime | None = None
    until: datetime
    skip: int = 0
    limit: int = 20


class FoundThing(Model):
    """A thing of a source's."""

    source: str
    id: UUID


class FoundThings(Model):
    """What an engine answers, the best first, and the `words` that are marked where they stand."""

    things: list[FoundThing]
    words: list[str] = Field(default_factory=list)


class Handed(Model):
    """What an engine has to know of a source: things as they are now, and those that are gone."""

    source: str
    documents: list[Document]
    gone: list[UUID] = Field(default_factory=list)


@extension_point("choose", deadline="2s")
async def search_find(ctx: Context, ask: Sought) -> FoundThings:
    """An engine finds things, in place of core, in the companies that have chosen its name.

    Of what it names core shows what the reader may read and the page's filters leave, with core's
    own titles and excerpts. While it refuses, is late or rests, core finds by itself.
    """
    return FoundThings(things=[])


@extension_point("choose", deadline="30s")
async def search_take(ctx: Context, ask: Handed) -> None:
    """The engine of this name hears of things that core has taken up or forgotten.

    Called by a job after the commit, at least once for each change, and for everything where all
    is taken up anew. An engine that finds by core's index offers only `search_find`.
    """


class SearchIndex(Protocol):
    """The index, as far as it is this plugin's and this tenant's: `ctx.search`."""

    async def index(self, source: "SearchSource", ids: Sequence[UUID]) -> None:
        """Takes these things up as they are now, in the transaction at hand. Those that the
        source's function doesn't give leave the index."""
        ...

    async def leave(self, source: "SearchSource", resource: str) -> None:
        """Everything with this resource leaves the index."""
        ...


@dataclass(frozen=True, eq=False)
class SearchSource(Declaration):
    """One kind of thing that can be found, named `<key>.<function>`. Made by `search_source`."""

    model: type[TenantModel]
    title: str
    needs: Permission
    icon: str = "file-text"
    on: Mapping[type[Event], str] = field(default_factory=dict)
    leave: Mapping[type[Event], str] = field(default_factory=dict)
    listeners: Sequence[Listener] = field(init=False, repr=False)
    """What hears of the events; declared along with the source."""

    def __post_init__(self) -> None:
        super().__post_init__()
        heard = [_listener(self, event, _indexing(self, name)) for event, name in self.on.items()]
        heard += [
            _listener(self, event, _leaving(self, name)) for event, name in self.leave.items()
        ]
        object.__setattr__(self, "listeners", tuple(heard))


def search_source(
    model: type[TenantModel],
    *,
    title: str,
    needs: Permission,
    icon: str = "file-text",
    on: Mapping[type[Event], str],
    leave: Mapping[type[Event], str] | None = None,
) -> Callable[[Handler], SearchSource]:
    """A source: `@search_source(Post, title="Posts", needs=READ, on={PostPublished: "post_id"})`
    on `async def posts(ctx: Context, ask: Wanted) -> Documents`.

    `on` names events and the field that holds the thing's id: after each, the function is asked
    for that thing; one that it doesn't give (any more) leaves the index. `leave` names events and
    the field that holds the id of `model`'s resource, whose things all leave. The function is
    called in a worker, by nobody: it gives what anybody may be allowed to read. Results are shown
    to who holds `needs` on them.
    """
    return lambda function: SearchSource(function, model, title, needs, icon, on, leave or {})


def _indexing(source: SearchSource, name: str) -> Handler:
    async def hear(ctx: Context, event: Any) -> None:
        """Has search take up what the event is about."""
        await ctx.search.index(source, [getattr(event, name)])

    return hear


def _leaving(source: SearchSource, name: str) -> Handler:
    async def hear(ctx: Context, event: Any) -> None:
        """Has search forget what belongs to what the event is about."""
        kind = source.model.resource.kind  # type: ignore[attr-defined]
        await ctx.search.leave(source, f"{kind}:{getattr(event, name)}")

    return hear


def _listener(source: SearchSource, event: type[Event], hear: Handler) -> Listener:
    """A listener that passes for a function of the source's module."""
    name = f"{name_of(source.function).partition('.')[2]}_on_{event.name.replace('.', '_')}"
    hear.__module__ = source.function.__module__
    hear.__name__ = hear.__qualname__ = name
    hear.__annotations__ = {"ctx": Context, "event": event, "return": None}
    return Listener(hear, event)
