"""Kiwi, which knows how Korean words are made. It takes seconds to load and half a gigabyte, so one
process holds it, and one thread of it reads: a question waits for one piece of a text at most."""

import asyncio
import os
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, Self

from maru.search.morphemes import Piece

PIECE: Final = 400
"""Letters that are read at once: a few milliseconds."""

Place = tuple[int, int, str]
"""Of which text a piece is, where it begins there, and the piece."""

_LOAD_NICENESS: Final = 10
_BREAK: Final = re.compile(r"[\n.!?]\s|\s")


class Kiwi:
    """A loaded Kiwi."""

    def __init__(self, loaded: Any, threads: ThreadPoolExecutor) -> None:
        self._loaded, self._threads = loaded, threads

    @classmethod
    async def load(cls) -> Self:
        """Loads it, giving way to what else the machine has to do."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, thread_name_prefix="kiwi-load") as once:
            loaded = await loop.run_in_executor(once, _load)
        return cls(loaded, ThreadPoolExecutor(1, thread_name_prefix="kiwi"))

    async def tokens(self, text: str) -> list[Piece]:
        """The morphemes of a folded text."""
        (found,) = await self.tokens_of([text])
        return found

    async def tokens_of(self, texts: Sequence[str]) -> list[list[Piece]]:
        """Those of each of these folded texts."""
        loop, found = asyncio.get_running_loop(), [list[Piece]() for _ in texts]
        for some in _portions(texts):
            read = await loop.run_in_executor(self._threads, self._read, some)
            for (number, _, _), pieces_ in zip(some, read, strict=True):
                found[number] += pieces_
        return found

    def _read(self, some: list[Place]) -> list[list[Piece]]:
        return [list(self._pieces(start, piece)) for _, start, piece in some]

    def _pieces(self, start: int, piece: str) -> Iterator[Piece]:
        for one in self._loaded.tokenize(piece):
            yield Piece(one.form, one.tag, start + one.start, one.len)

    def close(self) -> None:
        """Reads no more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _load() -> Any:
    from kiwipiepy import Kiwi as Loaded  # not before somebody needs it: 30 MB and half a second

    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOAD_NICENESS)
    loaded = Loaded(num_workers=1)
    loaded.tokenize("준비")
    return loaded


def _portions(texts: Sequence[str]) -> Iterator[list[Place]]:
    """The pieces of texts, as many together as are read at once: each time a thread is handed
    something, whatever else the machine does comes first."""
    some, letters = list[Place](), 0
    for number, text in enumerate(texts):
        for start, piece in pieces(text):
            if some and letters + len(piece) > PIECE:
                yield some
                some, letters = [], 0
            some.append((number, start, piece))
            letters += len(piece)
    if some:
        yield some


def pieces(text: str) -> Iterator[tuple[int, str]]:
    """A text in pieces that end between words, each with where it begins."""
    start = 0
    while start < len(text):
        end = start + PIECE
        if end < len(text):
            breaks = [found.end() for found in _BREAK.finditer(text, start + 1, end)]
            end = breaks[-1] if breaks else end
        yield start, text[start:end]
        start = end
