"""What is shown of a text that was found: a few words around what was sought, in parts of which
some are marked. Parts are plain text, so that whoever draws them escapes them."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from maru_sdk import Model

WIDTH: Final = 160
_BEFORE: Final = 40
_SPACES: Final = re.compile(r"\s+")


class Part(Model):
    """A part of an excerpt; a `hit` is what was sought."""

    text: str
    hit: bool = False


def excerpt(text: str, sought: Sequence[str]) -> list[Part]:
    """The part of a text in which most of what was sought stands, its beginning otherwise."""
    flat = _SPACES.sub(" ", text).strip()
    found = list(_hits(flat, sought))
    start = _best(found)
    start = max(0, start - _BEFORE)
    if start:
        start = flat.find(" ", start) + 1 or start
    end = min(len(flat), start + WIDTH)
    parts = marked(flat[start:end], sought)
    if start:
        parts.insert(0, Part(text="… "))
    if end < len(flat):
        parts.append(Part(text=" …"))
    return parts


def marked(text: str, sought: Sequence[str]) -> list[Part]:
    """The whole of a text with what was sought marked in it."""
    parts: list[Part] = []
    at = 0
    for start, end in _joined(_hits(text, sought)):
        if start > at:
            parts.append(Part(text=text[at:start]))
        parts.append(Part(text=text[start:end], hit=True))
        at = end
    if at < len(text) or not parts:
        parts.append(Part(text=text[at:]))
    return parts


def _hits(text: str, sought: Sequence[str]) -> list[tuple[int, int]]:
    alike = text.casefold()
    if len(alike) != len(text):  # one letter became two: places wouldn't fit any more
        alike = text
    words = _any_of(tuple(sought))
    return [] if words is None else [found.span() for found in words.finditer(alike)]


@lru_cache(maxsize=256)
def _any_of(sought: tuple[str, ...]) -> re.Pattern[str] | None:
    words = [re.escape(word) for word in sorted(sought, key=len, reverse=True) if word]
    return re.compile("|".join(words)) if words else None


def _best(found: Sequence[tuple[int, int]]) -> int:
    """Where the window begins that holds the most of these places."""
    best, most, first = 0, 0, 0
    for last, (_, end) in enumerate(found):
        while end - found[first][0] > WIDTH - _BEFORE:
            first += 1
        if last - first + 1 > most:
            best, most = found[first][0], last - first + 1
    return best


def _joined(found: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Places that touch as one."""
    held: tuple[int, int] | None = None
    for start, end in found:
        if held is not None and start <= held[1]:
            held = held[0], max(end, held[1])
        else:
            if held is not None:
                yield held
            held = start, end
    if held is not None:
        yield held
