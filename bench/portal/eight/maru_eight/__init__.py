"""A plugin of the benchmark: eight portlets of eight items, each with a statement of its own."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from maru_sdk import Context, Model, Permission, Plugin, Role, portlet
from maru_sdk.db import (
    Query,
    TenantModel,
    bindparam,
    col,
    desc,
    index,
    person_id,
    person_name,
    select_as,
)

KINDS = ("approvals", "boards", "birthdays", "documents", "events", "links", "news", "tasks")
ITEMS = 8
READ = Permission("eight:item:read", "Read items", "What the portlets show")


class Item(TenantModel, table=True):
    """What is listed: of one kind, the newest first."""

    __table_args__ = (index("kind", "published_at", "id"),)

    kind: str
    title: str
    place: str
    author_id: UUID = person_id()
    published_at: datetime


class Line(Model):
    """An item as it is shown."""

    id: UUID
    title: str
    place: str
    author: str
    published_at: datetime


class Lines(Model):
    """The newest items of a kind."""

    kind: str
    items: list[Line]


NEWEST = Query(
    select_as(Line, Item, author=person_name(Item.author_id))
    .where(col(Item.kind) == bindparam("kind"))
    .order_by(desc(Item.published_at), desc(Item.id))
    .limit(ITEMS),
    Line,
)


def _newest(kind: str) -> Callable[[Context], Awaitable[Lines]]:
    async def newest(ctx: Context) -> Lines:
        return Lines(kind=kind, items=list(await ctx.read(NEWEST, kind=kind)))

    newest.__name__ = newest.__qualname__ = kind
    newest.__doc__ = f"The newest of {kind}."
    return newest


PORTLETS = [
    portlet(
        title=kind.capitalize(),
        icon="newspaper",
        size=(6, 5),
        template="eight/lines.html",
        needs=READ,
        cache="10m",
        audience="tenant",
        tags=("items",),
    )(_newest(kind))
    for kind in KINDS
]
plugin = Plugin(
    title="Eight",
    migrations="migrations",
    portlets=PORTLETS,
    permissions=(READ,),
    roles=(Role("member", READ), Role("manager", READ), Role("admin", READ)),
)
