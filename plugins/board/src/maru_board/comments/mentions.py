"""People and departments that a text names: kept as ids, so that a new name shows everywhere.

In the text stands `<@person:ID>` or `<@department:ID>`; whoever shows it puts the name there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from maru_board.comments.errors import TooManyMentions, UnknownMention
from maru_sdk import Context, Model

MOST: Final = 50
_MARK: Final = re.compile(r"<@(person|department):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})>")
Named = Mapping[UUID, str]


class Mentions(Model):
    """Whom a text names."""

    people: list[UUID]
    departments: list[UUID]


class Piece(Model):
    """A piece of a line: text, or somebody's name."""

    text: str
    is_name: bool = False


def mentions_in(text: str) -> Mentions:
    """Whom a text names, each once."""
    found = dict.fromkeys((kind, UUID(id_)) for kind, id_ in _MARK.findall(text))
    return Mentions(
        people=[one for kind, one in found if kind == "person"],
        departments=[one for kind, one in found if kind == "department"],
    )


async def checked(ctx: Context, text: str) -> Named:
    """The names of all whom a text names; raises TooManyMentions, and UnknownMention for who isn't
    there."""
    found = mentions_in(text)
    if len(found.people) + len(found.departments) > MOST:
        raise TooManyMentions(most=MOST)
    names = await names_of(ctx, [text])
    if not names.keys() >= {*found.people, *found.departments}:
        raise UnknownMention
    return names


async def names_of(ctx: Context, texts: Sequence[str]) -> Named:
    """The names of all whom these texts name; who is unknown is left out."""
    found = [mentions_in(text) for text in texts if "<@" in text]
    people = [one for each in found for one in each.people]
    names = dict(await ctx.people.names(people)) if people else {}
    wanted = {one for each in found for one in each.departments}
    if wanted:
        known = await ctx.people.departments()
        names |= {one.id: one.name for one in known if one.id in wanted}
    return names


def lines_of(text: str, names: Named) -> list[list[Piece]]:
    """A text as it is shown: line by line, in each the text and the names between."""
    return [list(_pieces(line, names)) for line in text.split("\n")]


def _pieces(line: str, names: Named) -> Iterator[Piece]:
    at = 0
    for mark in _MARK.finditer(line):
        name = names.get(UUID(mark[2]))
        if mark.start() > at:
            yield Piece(text=line[at : mark.start()])
        yield Piece(text=f"@{name}" if name else "@…", is_name=True)
        at = mark.end()
    if at < len(line) or not line:
        yield Piece(text=line[at:])


def plain(text: str, names: Named) -> str:
    """A text with the names in it, on one line."""
    return " ".join("".join(one.text for one in line) for line in lines_of(text, names))
