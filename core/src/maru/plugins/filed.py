"""`ctx.files`: the files of one plugin's things in one piece of work."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final, cast
from uuid import UUID

from maru.files.limits import KEY, FileLimits
from maru.files.models import BlobState
from maru.files.queries import CLAIM, COPY, OF_THING, Whole
from maru.files.shelf import About, Bounds, Shelf, require_ready, shown
from maru.files.usage import room_of
from maru.plugins.texts import text_of
from maru_sdk import Model, SystemFault
from maru_sdk.db import uuid7
from maru_sdk.declarations import FileKind, key_of
from maru_sdk.files import File, FileNotFound
from maru_sdk.scanning import Content, file_scanner

if TYPE_CHECKING:
    from maru.plugins.context import Call, PluginContext

SCAN_JOB: Final = "core.scan_file"
DRAW_JOB: Final = "core.draw_file"
ASSEMBLE_JOB: Final = "core.assemble_file"


class ScopedFiles:
    """See `maru_sdk.files.Files`."""

    def __init__(self, call: "Call", names: str) -> None:
        self._call, self._names = call, names

    async def of(self, kind: FileKind, on: UUID) -> list[File]:
        """See `maru_sdk.files.Files`, here and below."""
        return list(await self._call.unit.read(OF_THING, kind=self._own(kind), on_id=on))

    async def put(
        self, kind: FileKind, on: UUID, name: str, content: bytes | AsyncIterator[bytes]
    ) -> File:
        pieces = _once(content) if isinstance(content, bytes) else content
        bounds = await bounds_of(self._call, kind)
        own, call = self._own(kind), self._call
        kept = await self._shelf.keep(call.tenant.id, name, pieces, bounds)
        about = About(kind=own, on=on, name=name, by=call.actor, state=first_state(call))
        file = await self._shelf.enter(call.unit, kept, about)
        await have_tended(call, file)
        return shown(file)

    async def claim(self, kind: FileKind, on: UUID, *file_ids: UUID) -> list[File]:
        if not file_ids:
            return []
        me = self._call.actor
        given = {"ids": list(file_ids), "kind": self._own(kind), "on_id": on, "me": me}
        claimed = set((await self._call.unit.db.execute(CLAIM, given)).scalars())
        return [file for file in await self.of(kind, on) if file.id in claimed]

    async def copy(self, kind: FileKind, on: UUID, to: UUID) -> dict[UUID, UUID]:
        became = {file.id: uuid7() for file in await self.of(kind, on)}
        if became:
            given = {"old": list(became), "new": list(became.values()), "on_id": to}
            await self._call.unit.db.execute(COPY, {**given, "me": self._call.actor})
        return became

    async def remove(self, kind: FileKind, on: UUID, file_id: UUID) -> File:
        file = await self._shelf.whole(self._call.unit, file_id)
        if not await self._shelf.remove(self._call.unit, self._own(kind), on, file_id):
            raise FileNotFound
        return shown(file)

    async def clear(self, kind: FileKind, *things: UUID) -> None:
        await self._shelf.clear(self._call.unit, self._own(kind), things)

    def open(self, content: Content) -> AsyncIterator[bytes]:
        return self._shelf.lent(self._call.tenant.id, content.handle)

    async def text(self, file_id: UUID) -> str:
        async with self._call.apart("core") as own:
            unit = cast("PluginContext", own).call.unit
            file = await self._shelf.whole(unit, file_id)
        if file.kind.partition(".")[0] != self._names or file.ahead_until is not None:
            raise FileNotFound
        require_ready(file)
        return await text_of(self._call, self._shelf, file)

    def _own(self, kind: FileKind) -> str:
        if key_of(kind.function.__module__) != self._names:
            raise SystemFault(f"{kind.name} is another plugin's kind of files")
        return kind.name

    @property
    def _shelf(self) -> Shelf:
        shelf = self._call.services.files
        if shelf is None:
            raise SystemFault("there are no files in this process")
        return shelf


class Scan(Model):
    """Content that is to be looked at for viruses."""

    blob: UUID


class Draw(Model):
    """Content of which pictures are to be made."""

    blob: UUID


def scanners_of(call: "Call") -> list[str]:
    """The scanners that must pass what is new: those that are on in the tenant, in order, and those
    that the operator requires."""
    filled = call.services.points.fillings(file_scanner.name, call.tenant.id)
    offers = [one.filling.offer for one in filled if one.filling.offer is not None]
    shelf = call.services.files
    return list(dict.fromkeys([*offers, *(shelf.required if shelf is not None else ())]))


def first_state(call: "Call") -> BlobState:
    """How new content begins here."""
    return "waiting" if scanners_of(call) else "clean"


class Assemble(Model):
    """Content that lies in the pieces of an upload."""

    blob: UUID


async def have_assembled(call: "Call", blob: UUID) -> None:
    """Has an upload put together, in the transaction at hand."""
    await _enqueue(call, ASSEMBLE_JOB, Assemble(blob=blob), blob)


async def have_tended(call: "Call", file: Whole) -> None:
    """Has a new file looked at where there is a scanner, and then its pictures drawn, in the
    transaction at hand."""
    blob = file.blob_id
    if file.state == "waiting":
        await _enqueue(call, SCAN_JOB, Scan(blob=blob), blob)
    elif file.state == "ready" and not file.has_picture and not file.is_undrawn:
        await _enqueue(call, DRAW_JOB, Draw(blob=blob), blob)


async def _enqueue(call: "Call", name: str, ask: Model, blob: UUID) -> None:
    found = call.services.host.find("jobs", name)
    assert found is not None
    await call.ctx("core").jobs.enqueue(found[1], ask, unique=str(blob))


async def bounds_of(call: "Call", kind: FileKind) -> Bounds:
    """What is taken of a file of this kind: as the plugin, the tenant's admins and its operator
    have it."""
    tenant, services = call.tenant.id, call.services
    limits = await services.settings_store.get(tenant, KEY, FileLimits)
    async with call.apart("core") as own:
        room = await room_of(cast("PluginContext", own).call.unit)
    largest = limits.largest(kind.largest)
    return Bounds(largest=largest, room=room, refused=limits.extensions)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
