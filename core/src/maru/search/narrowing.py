"""By what results can be narrowed on the page: who wrote them, in which department, when, of which
source; and the addresses that keep the rest of what was asked."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from maru.access.permissions import USERS_READ
from maru.plugins.context import Call
from maru.search import queries
from maru.search.schemas import Asked, Hit, SourceOut
from maru_sdk import Context, Model

HERE: Final = "/search"


class Choice(Model):
    """Something that can be chosen, and whether it is."""

    value: str
    title: str
    chosen: bool = False


class Tab(Model):
    """A place to look in."""

    title: str
    url: str
    active: bool


class Narrowing(Model):
    """What the page offers to choose from; `without` is the address of the same, not narrowed."""

    tabs: list[Tab]
    authors: list[Choice]
    departments: list[Choice]
    since: str
    until: str
    used: bool
    without: str


async def narrowing(
    ctx: Context, call: Call, asked: Asked, sources: Sequence[SourceOut], hits: Sequence[Hit]
) -> Narrowing:
    """The choices beside these hits."""
    since, until = (one.isoformat() if one else "" for one in (asked.since, asked.until))
    used = any((asked.author, asked.department, asked.since, asked.until))
    departments = await _departments(call, asked.department) if ctx.can(USERS_READ) else []
    return Narrowing(
        tabs=list(_tabs(call, asked, sources)),
        authors=await _authors(call, asked.author, hits),
        departments=departments,
        since=since,
        until=until,
        used=used,
        without=address(q=asked.q, source=asked.source),
    )


def address(**asked: object) -> str:
    """The page with what isn't empty of this."""
    return f"{HERE}?{urlencode({name: value for name, value in asked.items() if value})}"


def kept(asked: Asked) -> Mapping[str, object]:
    """All that was asked, as the page's parameters."""
    return {
        "q": asked.q,
        "source": asked.source,
        "author": asked.author,
        "department": asked.department,
        "from": asked.since,
        "to": asked.until,
    }


def _tabs(call: Call, asked: Asked, sources: Sequence[SourceOut]) -> Iterator[Tab]:
    every = (("", call.t("Everything")), *((one.name, one.title) for one in sources))
    for name, title in every:
        url = address(**{**kept(asked), "source": name})
        yield Tab(title=title, url=url, active=name == (asked.source or ""))


async def _authors(call: Call, chosen: UUID | None, hits: Sequence[Hit]) -> list[Choice]:
    """Who wrote what is shown, and the one who was chosen."""
    found = {hit.author.id: hit.author.name for hit in hits if hit.author is not None}
    if chosen is not None and chosen not in found:
        found |= dict(await call.services.people.names(call.tenant.id, [chosen]))
    named = sorted(found.items(), key=lambda one: one[1])
    return [Choice(value=str(key), title=name, chosen=key == chosen) for key, name in named]


async def _departments(call: Call, chosen: UUID | None) -> list[Choice]:
    """All departments, those below others indented beneath them."""
    below: dict[UUID | None, list[queries.DepartmentRow]] = {}
    for one in await call.unit.read(queries.DEPARTMENTS):
        below.setdefault(one.parent_id, []).append(one)
    return list(_walked(below, None, 0, chosen))


def _walked(
    below: Mapping[UUID | None, Sequence[queries.DepartmentRow]],
    top: UUID | None,
    depth: int,
    chosen: UUID | None,
) -> Iterator[Choice]:
    for one in below.get(top, ()):
        title = "\u2003" * depth + one.name
        yield Choice(value=str(one.id), title=title, chosen=one.id == chosen)
        yield from _walked(below, one.id, depth + 1, chosen)
