"""Lays content out as a file for a moment, for what reads files and not streams."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

CONTENT: Final = "content"


@asynccontextmanager
async def laid_out(pieces: AsyncIterator[bytes]) -> AsyncIterator[Path]:
    """A folder of its own with the `content`, which is gone afterwards with what was put there."""
    folder = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="maru-file-")
    try:
        file = await asyncio.to_thread(Path(folder.name, CONTENT).open, "wb")
        try:
            async for piece in pieces:
                await asyncio.to_thread(file.write, piece)
        finally:
            await asyncio.to_thread(file.close)
        yield Path(folder.name)
    finally:
        await asyncio.to_thread(folder.cleanup)


async def pieces_of(path: Path, size: int = 256 * 1024) -> AsyncIterator[bytes]:
    """What a file holds."""
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while piece := await asyncio.to_thread(file.read, size):
            yield piece
    finally:
        await asyncio.to_thread(file.close)
