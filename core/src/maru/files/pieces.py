"""Content that lies in the store in pieces, one after the other, as it was sent."""

from collections.abc import AsyncIterator, Sequence

from maru.files.content import HEAD, TAIL, judged
from maru.files.store import Store

Pieces = Sequence[tuple[str, int]]
"""Keys and sizes."""


def size_of(pieces: Pieces) -> int:
    """Of all of it."""
    return sum(size for _, size in pieces)


async def read_pieces(
    store: Store, pieces: Pieces, first: int = 0, end: int | None = None
) -> AsyncIterator[bytes]:
    """What lies in them from `first` to before `end`."""
    at, end = 0, size_of(pieces) if end is None else end
    for key, size in pieces:
        begin, stop = max(first - at, 0), min(end - at, size)
        if begin < stop:
            async for piece in store.read(key, begin, stop):
                yield piece
        at += size


async def judged_pieces(store: Store, name: str, pieces: Pieces, refused: frozenset[str]) -> str:
    """The media type, told by how it begins and ends. Raises FileRefused."""
    size = size_of(pieces)
    head = [piece async for piece in read_pieces(store, pieces, 0, HEAD)]
    tail = [piece async for piece in read_pieces(store, pieces, max(size - TAIL, 0))]
    return judged(name, b"".join(head), b"".join(tail), refused)
