"""What the palette finds: entries in groups, the best of each first."""

from collections.abc import Iterable
from typing import Final

from maru.palette.matching import BEGINS, BEGINS_A_WORD, INSIDE, rank
from maru_sdk import Model

_BY_KEYWORD: Final = INSIDE + 1


class Entry(Model):
    """One line: where it leads, and what else is known of it."""

    title: str
    url: str
    icon: str
    detail: str = ""


class Group(Model):
    """Entries of one kind."""

    name: str
    title: str
    entries: list[Entry]


class Candidate(Model):
    """An entry that may fit, and further words by which it is found."""

    entry: Entry
    keywords: tuple[str, ...] = ()


def best(candidates: Iterable[Candidate], sought: str, most: int) -> list[Entry]:
    """Those that fit what was typed, the best first, then in 가나다 order; all of them in their own
    order where nothing was typed."""
    if not sought.strip():
        return [one.entry for one in candidates][:most]
    ranked = [(_rank(one, sought), one.entry.title, one.entry) for one in candidates]
    fitting = sorted((fit, title, i) for i, (fit, title, _) in enumerate(ranked) if fit is not None)
    return [ranked[i][2] for _, _, i in fitting[:most]]


def _rank(one: Candidate, sought: str) -> int | None:
    own = rank(sought, one.entry.title)
    if own is not None:
        return own
    others = (*one.keywords, f"{one.entry.title} {' '.join(one.keywords)} {one.entry.detail}")
    found = any(rank(sought, text) in (BEGINS, BEGINS_A_WORD, INSIDE) for text in others)
    return _BY_KEYWORD if found else None
