"""The parts of a file that a request asks for (RFC 9110, section 14)."""

import re
from itertools import pairwise
from typing import Final

from maru_sdk import MaruError

MOST: Final = 20
_LONGEST: Final = 1_000
_RANGE: Final = re.compile(r"\s*(\d{0,19})\s*-\s*(\d{0,19})\s*")
Span = tuple[int, int]
"""First byte and the one behind the last."""


class RangeNotSatisfiable(MaruError):
    """416: none of the parts is there, or they are too many."""

    status = 416
    code = "RANGE_NOT_SATISFIABLE"
    message = "The file has no such part"


def spans_of(header: str | None, size: int) -> list[Span] | None:
    """The parts in the order in which they are asked for, those that overlap made one; None for
    the whole file, also where the header can't be understood. Raises RangeNotSatisfiable."""
    if header is None or not header.startswith("bytes="):
        return None
    if len(header) > _LONGEST or header.count(",") >= MOST:
        raise RangeNotSatisfiable(size=size)
    found = [_span(part, size) for part in header[6:].split(",")]
    if any(span is None for span in found):
        return None
    there = [span for span in found if span and span[0] < span[1]]
    if not there:
        raise RangeNotSatisfiable(size=size)
    return _joined(there)


def _span(part: str, size: int) -> Span | None:
    """An empty one where nothing of it is there; None for what is no range."""
    match = _RANGE.fullmatch(part)
    if match is None or (not match[1] and not match[2]):
        return None
    if not match[1]:
        last = int(match[2])
        return (max(size - last, 0), size) if last else (0, 0)
    first = int(match[1])
    if match[2] and int(match[2]) < first:
        return None
    end = min(int(match[2]) + 1, size) if match[2] else size
    return (first, end) if first < size else (0, 0)


def _joined(spans: list[Span]) -> list[Span]:
    """So that nobody gets a file twenty times over."""
    if len(spans) == 1:
        return spans
    ordered = sorted(spans)
    if all(one[1] <= other[0] for one, other in pairwise(ordered)):
        return spans
    joined = [ordered[0]]
    for first, end in ordered[1:]:
        last = joined[-1]
        if first <= last[1]:
            joined[-1] = (last[0], max(last[1], end))
        else:
            joined.append((first, end))
    return joined
