"""Where content lies: a folder of this machine's, or whatever else can keep bytes under a key."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol, TypeVar
from uuid import UUID

from maru.files.errors import StoreAway

PIECE: Final = 256 * 1024
T = TypeVar("T")


class Store(Protocol):
    """Keeps bytes under keys such as `<tenant>/3f/<id>`. What `put` has returned from is on disk;
    what it was interrupted at isn't there. Raises StoreAway."""

    async def put(self, key: str, pieces: AsyncIterator[bytes]) -> None: ...

    def read(self, key: str, first: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `first` to before `end`; FileNotFoundError where there is no such key."""
        ...

    async def delete(self, key: str) -> None:
        """What isn't there is deleted already."""
        ...

    async def size(self, key: str) -> int | None:
        """How many bytes lie there; None where there is no such key."""
        ...

    def slot(self, key: str, now: datetime, seconds: int, size: int) -> str | None:
        """Where somebody may PUT so many bytes under the key for so long; None where nobody may."""
        ...

    def link(
        self, key: str, now: datetime, seconds: int, media_type: str, disposition: str
    ) -> str | None:
        """Where somebody may GET it, called so, for so long; None where nobody may."""
        ...

    def old(self, prefix: str, before: datetime) -> AsyncIterator[str]:
        """The keys below a prefix that were written before that time."""
        ...


def blob_key(tenant: UUID, blob: UUID) -> str:
    """Where content lies; its id says nothing of what is in it."""
    return f"{tenant}/{blob.hex[-2:]}/{blob}"


def piece_key(tenant: UUID, upload: UUID, offset: int) -> str:
    """Where a piece of an upload lies; two that come at once don't meet."""
    return f"{tenant}/up/{upload}/{offset:013}-{secrets.token_hex(4)}"


def direct_key(tenant: UUID, upload: UUID) -> str:
    """Where an upload lies that went past us."""
    return f"{tenant}/up/{upload}/direct"


class FolderStore:
    """A folder, by default `files` in the data folder. No file is read or written on the loop."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, key: str, pieces: AsyncIterator[bytes]) -> None:
        """See `Store`, here and below."""
        path = self._root / key
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        file = await self._do(_opened, draft)
        try:
            try:
                async for piece in pieces:
                    await self._do(file.write, piece)
                await self._do(_settled, file)
            finally:
                await asyncio.to_thread(file.close)
            await self._do(_renamed, draft, path)
        except BaseException:
            with suppress(OSError):
                await asyncio.to_thread(draft.unlink)
            raise

    async def read(self, key: str, first: int, end: int) -> AsyncIterator[bytes]:
        with _told():
            file: BinaryIO = await asyncio.to_thread((self._root / key).open, "rb")
            try:
                await asyncio.to_thread(file.seek, first)
                while first < end:
                    piece = await asyncio.to_thread(file.read, min(PIECE, end - first))
                    if not piece:
                        raise StoreAway("The content of this file is shorter than it should be")
                    first += len(piece)
                    yield piece
            finally:
                await asyncio.to_thread(file.close)

    async def delete(self, key: str) -> None:
        await asyncio.to_thread((self._root / key).unlink, missing_ok=True)
        if "/up/" in key:
            with suppress(OSError):
                await asyncio.to_thread((self._root / key).parent.rmdir)

    async def size(self, key: str) -> int | None:
        try:
            return (await asyncio.to_thread((self._root / key).stat)).st_size
        except FileNotFoundError:
            return None

    def slot(self, key: str, now: datetime, seconds: int, size: int) -> str | None:
        return None

    def link(
        self, key: str, now: datetime, seconds: int, media_type: str, disposition: str
    ) -> str | None:
        return None

    async def old(self, prefix: str, before: datetime) -> AsyncIterator[str]:
        for key in await asyncio.to_thread(lambda: list(_found(self._root, prefix, before))):
            yield key

    async def _do(self, function: Callable[..., T], *given: Any) -> T:
        """In a thread; what the disk says is said as a fault of the store."""
        try:
            return await asyncio.to_thread(function, *given)
        except OSError as error:
            raise StoreAway(reason=error.strerror or str(error)) from error


@contextmanager
def _told() -> Iterator[None]:
    """What the disk says is said as a fault of the store, which passes; what isn't there isn't."""
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreAway(reason=error.strerror or str(error)) from error


def _opened(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("xb")


def _settled(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _renamed(draft: Path, path: Path) -> None:
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _found(root: Path, prefix: str, before: datetime) -> Iterator[str]:
    for folder, _, names in os.walk(root / prefix):
        for name in names:
            path = Path(folder, name)
            with suppress(FileNotFoundError):
                if datetime.fromtimestamp(path.stat().st_mtime, UTC) < before:
                    yield path.relative_to(root).as_posix()
