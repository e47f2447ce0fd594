"""How two texts differ, line by line, and within a changed line word by word."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

from maru_board.revisions.schemas import Line, Piece

_TOO_MANY: Final = 1_000_000
_WORDS: Final = re.compile(r"\s+|\w+|[^\w\s]")


def differences(before: str, after: str) -> list[Line]:
    """All lines of both texts, in order."""
    old, new = before.splitlines(), after.splitlines()
    lines: list[Line] = []
    for kind, a, b, c, d in _steps(old, new):
        if kind == "equal":
            lines += (Line(kind="same", pieces=[Piece(text=one)]) for one in old[a:b])
        else:
            lines += _changed(old[a:b], new[c:d])
    return lines


def _steps(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Comparing takes a time that grows with the product of the lengths: of texts too long for it
    only what they begin and end with in common is told apart."""
    if len(old) * len(new) <= _TOO_MANY:
        return list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())
    least = min(len(old), len(new))
    start = next((n for n in range(least) if old[n] != new[n]), least)
    rest = least - start
    end = next((n for n in range(rest) if old[-1 - n] != new[-1 - n]), rest)
    return [
        ("equal", 0, start, 0, start),
        ("replace", start, len(old) - end, start, len(new) - end),
        ("equal", len(old) - end, len(old), len(new) - end, len(new)),
    ]


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """Lines that were replaced: as many as have a partner show what differs in them."""
    for before, after in zip(old, new, strict=False):
        removed, added = _pieces(before, after)
        yield Line(kind="removed", pieces=removed)
        yield Line(kind="added", pieces=added)
    both = min(len(old), len(new))
    yield from (Line(kind="removed", pieces=[Piece(text=one, differs=True)]) for one in old[both:])
    yield from (Line(kind="added", pieces=[Piece(text=one, differs=True)]) for one in new[both:])


def _pieces(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) * len(new) > _TOO_MANY:
        return [Piece(text=before, differs=True)], [Piece(text=after, differs=True)]
    removed: list[Piece] = []
    added: list[Piece] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for pieces, text in ((removed, "".join(old[a:b])), (added, "".join(new[c:d]))):
            if text:
                pieces.append(Piece(text=text, differs=kind != "equal"))
    return removed, added
