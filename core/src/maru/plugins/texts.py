"""What documents say, read once and kept beside their content."""

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Final, cast

from maru.files.content import WRAPPINGS
from maru.files.errors import StorageFull
from maru.files.laying import CONTENT, laid_out
from maru.files.media import TEXT
from maru.files.names import extension_of
from maru.files.queries import HELD, KEEP_VARIANT, VARIANTS, Variant, Whole
from maru.files.shelf import Shelf
from maru.files.store import blob_key
from maru.files.usage import grow
from maru.plugins.points import OfferUnknown
from maru_sdk import Temporary
from maru_sdk.compute import ComputeTimeout
from maru_sdk.db import uuid7
from maru_sdk.documents import (
    Document,
    DocumentLocked,
    DocumentText,
    DocumentUnreadable,
    DocumentUnsupported,
    text_extractor,
)

if TYPE_CHECKING:
    from maru.plugins.context import Call, PluginContext

LARGEST: Final = 200_000_000
_PLAIN: Final = "text/plain"


async def text_of(call: "Call", shelf: Shelf, file: Whole) -> str:
    """What a document says; see `maru_sdk.files.Files.text`."""
    async with call.apart("core") as own:
        kept = await own.read(VARIANTS, blob_id=file.blob_id, name=TEXT)
    for one in kept:
        return await _kept(call, shelf, one)
    if file.size > LARGEST:
        raise DocumentUnreadable(reason="size")
    async with laid_out(shelf.read(call.tenant.id, file, 0, file.size)) as folder:
        path = str(folder / CONTENT)
        ask = Document(path=path, name=file.name, media_type=file.media_type, size=file.size)
        read = await _read(call, ask)
    await _keep(call, shelf, file, read.text.encode())
    return read.text


async def _read(call: "Call", ask: Document) -> DocumentText:
    """What the first reader says that is on and reads such documents. Its own faults are why the
    document can't be read: they cost nobody's search and nobody's page."""
    for name in _offers(ask):
        try:
            return await call.services.points.choose(call, text_extractor, name, ask)
        except OfferUnknown:
            continue
        except Exception as fault:  # the wall of an extension call, which has told of it
            if _is_answer(fault):
                raise
            raise DocumentUnreadable(reason=type(fault).__name__) from fault
    raise DocumentUnsupported


def _is_answer(fault: Exception) -> bool:
    """Whether who asked is to hear it: that the document is locked, that it is to ask later."""
    later = isinstance(fault, Temporary) and not isinstance(fault, ComputeTimeout)
    return later or isinstance(fault, (DocumentUnreadable, DocumentLocked))


def _offers(ask: Document) -> Iterator[str]:
    """By what name a reader may be offered; the end of the file's name tells more than the type of
    what only wraps something."""
    if ask.media_type in WRAPPINGS:
        yield f".{extension_of(ask.name)}"
    yield ask.media_type


async def _kept(call: "Call", shelf: Shelf, one: Variant) -> str:
    pieces = shelf.store.read(blob_key(call.tenant.id, one.id), 0, one.size)
    return b"".join([piece async for piece in pieces]).decode()


async def _keep(call: "Call", shelf: Shelf, file: Whole, text: bytes) -> None:
    """Keeps the text for the next who asks, where there is room for it."""
    own = uuid7()
    key = blob_key(call.tenant.id, own)
    row = {"id": own, "blob_id": file.blob_id, "name": TEXT, "media_type": _PLAIN}
    await shelf.store.put(key, _once(text))
    try:
        is_ours = await _entered(call, {**row, "size": len(text)})
    except StorageFull:
        is_ours = False
    if not is_ours:
        await shelf.store.delete(key)


async def _entered(call: "Call", row: dict[str, object]) -> bool:
    async with call.aside("core") as own:
        if (await own.db.execute(HELD, {"id": row["blob_id"]})).one_or_none() is None:
            return False
        if (await own.db.execute(KEEP_VARIANT, row)).one_or_none() is None:
            return False
        await grow(cast("PluginContext", own).call.unit, cast("int", row["size"]))
    return True


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
