"""Kiwi, which knows how Korean words are made. It takes seconds to load and half a gigabyte, so one
process holds it, and one thread of it reads: a question waits for one piece of a text at most."""

import asyncio
import os
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final, Self

from maru.search.morphemes import Piece

PIECE: Final = 400
"""Letters that are read at once: a few milliseconds."""

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
        loop, found = asyncio.get_running_loop(), list[Piece]()
        for start, piece in pieces(text):
            for token in await loop.run_in_executor(self._threads, self._loaded.tokenize, piece):
                found.append(Piece(token.form, token.tag, start + token.start, token.len))
        return found

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
