"""Takes archives out of the installation: by a link that lives a minute and is good once, so that
neither a browser's history nor a proxy's log is worth anything afterwards."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from maru.audit.trail import AuditTrail
from maru.crypto.keys import Keys
from maru.db.database import Database
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.identity.errors import NotSignedIn
from maru.identity.factors.challenges import spend
from maru.identity.factors.errors import PasskeyRefused
from maru.identity.tokens import TokenKind, ids
from maru.operators.errors import ArchiveElsewhere, ArchiveNotThere, LinkOver
from maru.operators.installation import SCOPE
from maru.operators.queries import TASK, TENANT_LINE
from maru.operators.schemas import TaskLine
from maru.operators.tasks import exports_folder
from maru.operators.trail import By, note
from maru_sdk.db import uuid7

TYPE: Final = "maru-archive+jwt"
LIFE: Final = 60
_PIECE: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that may be read."""

    path: Path
    size: int

    async def pieces(self) -> AsyncIterator[bytes]:
        """What is in it, piece by piece; no file is read on the loop."""
        file: BinaryIO = await asyncio.to_thread(self.path.open, "rb")
        try:
            while piece := await asyncio.to_thread(file.read, _PIECE):
                yield piece
        finally:
            await asyncio.to_thread(file.close)


class Archives:
    """The archives in the data folder of this process's machine."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        audit: AuditTrail,
        data: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database, self._audit, self._data = database, audit, data
        self._links, self._clock = TokenKind(keys, TYPE, clock), clock

    async def link(self, task_id: UUID, operator: str) -> tuple[str, datetime]:
        """The text of a link to a task's archive, and when it is over; raises ArchiveNotThere or
        ArchiveElsewhere."""
        await self._found(task_id)
        ends = int(self._clock()) + LIFE
        said = {"sub": str(task_id), "jti": str(uuid7()), "operator": operator, "exp": ends}
        return self._links.sign(said), datetime.fromtimestamp(ends, UTC)

    async def take(self, link: str, address: str | None, trace: str | None) -> Archive:
        """The archive of a link, which is used up; noted in both trails. Raises LinkOver."""
        try:
            claims = self._links.claims(link)
        except NotSignedIn as error:
            raise LinkOver from error
        task_id, mark = ids(claims, "sub", "jti")
        task, archive = await self._found(task_id)
        by, said = By(str(claims["operator"]), address, trace), {"file": archive.path.name}
        ends = datetime.fromtimestamp(claims["exp"], UTC)
        async with committing(self._database.unit(SCOPE)) as unit:
            try:
                await spend(unit, mark.bytes, ends, self._clock())
            except PasskeyRefused as error:
                raise LinkOver from error
            target = f"tenant:{task.slug}"
            await note(unit, "tenant.downloaded", target, by, tenant=task.tenant, after=said)
        await self._tell(task, by, said)
        return archive

    async def _tell(self, task: TaskLine, by: By, said: dict[str, str]) -> None:
        """The tenant's own trail says so too, where there is the tenant still."""
        async with committing(self._database.unit(Scope(task.tenant))) as unit:
            if await unit.read(TENANT_LINE, id=task.tenant):
                await self._audit.write(
                    unit, "tenant.downloaded", f"tenant:{task.slug}", actor=by.actor, after=said
                )

    async def _found(self, task_id: UUID) -> tuple[TaskLine, Archive]:
        unit = self._database.unit(SCOPE, readonly=True)
        task = next(iter(await unit.read(TASK, id=task_id)), None)
        if task is None or task.kind != "export" or not (task.result or {}).get("file"):
            raise ArchiveNotThere
        assert task.result is not None
        path = exports_folder(self._data) / Path(task.result["file"]).name
        size = await asyncio.to_thread(_size, path)
        if size is None:
            raise ArchiveElsewhere(file=path.name)
        return task, Archive(path, size)


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None
