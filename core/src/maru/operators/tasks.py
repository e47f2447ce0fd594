"""Does what operators ask for: the scheduler's loop, as the system role. Any number may run, and
any may be killed: a task is somebody else's when its lease is over, and every act may be
repeated."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.moving.erasing import Eraser
from maru.moving.exporting import Exporter
from maru.moving.sealing import ArchiveKey
from maru.operators import layouts
from maru.operators.acts import TenantActs, Wanted
from maru.operators.asking import CHANNEL
from maru.operators.errand import Errand
from maru.operators.parts import Parts
from maru.operators.queries import (
    BEGIN_ERASING,
    CLAIM_TASK,
    DELETE_TENANT,
    DUE_TO_ERASE,
    END_TASK,
    FORGET_USAGE,
    RENEW_TASK,
)
from maru.operators.trail import By, note
from maru.signals import Loop
from maru_sdk import MaruError

log = logging.getLogger(__name__)

PAUSE: Final = 1.0
LEASE: Final = 20.0
DEATHS: Final = 3
ERASER: Final = By("scheduler")
EXPORTS: Final = "exports"


@dataclass
class Task:
    """A task that this process has; `progress` is told with each renewal of its lease."""

    id: UUID
    kind: str
    tenant: UUID
    slug: str
    ask: dict[str, Any]
    by: By
    run: str
    tries: int
    progress: dict[str, Any] | None = field(default=None)

    def tell(self, done: int, total: int) -> None:
        """How far it is."""
        self.progress = {"done": done, "total": total}


class Tasks:
    """The loop, one task at a time."""

    def __init__(self, house: Parts, system: Database) -> None:
        self._house, self._system = house, system
        self._acts = TenantActs(house, system)
        self._errand = Errand(house.keys, house.sessions.passwords)
        self._loop = Loop("operators' tasks", self.step, PAUSE)
        house.signals.on_nudge(CHANNEL, self._loop.wake)

    def start(self) -> None:
        """Begin to do what is asked."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop; what is under way is done again by whoever comes next."""
        await self._loop.stop()

    async def step(self) -> bool:
        """Does the next task; True where there was one."""
        async with committing(self._system.unit(NOBODY)) as unit:
            await unit.db.execute(DUE_TO_ERASE)
        task = await self._claim()
        if task is None:
            return False
        await self._do(task)
        return True

    async def _claim(self) -> Task | None:
        run = uuid4().hex
        async with committing(self._system.unit(NOBODY)) as unit:
            found = await unit.db.execute(CLAIM_TASK, {"run": run, "lease": LEASE})
            row = found.one_or_none()
        if row is None:
            return None
        by = By(row.operator or ERASER.operator, row.address, row.trace)
        return Task(row.id, row.kind, row.tenant, row.slug, row.ask, by, run, row.tries)

    async def _do(self, task: Task) -> None:
        """The task to its end; a fault that isn't a refusal is retried, but not for ever."""
        try:
            async with self._kept(task):
                result = await self._act(task)
        except MaruError as refusal:
            await self._end(task, "failed", error=_told(refusal))
        except Exception:  # the wall of a process: one task must not stop the others
            log.exception("task %s of %s failed", task.kind, task.slug)
            if task.tries >= DEATHS:
                await self._end(task, "failed", error=_told(MaruError()))
                return
            raise
        else:
            await self._end(task, "done", result=result)

    async def _act(self, task: Task) -> dict[str, Any]:
        acts, tenant, ask, by = self._acts, task.tenant, task.ask, task.by
        match task.kind:
            case "create":
                await acts.create(Wanted(id=tenant, **ask), by)
            case "change":
                await acts.change(tenant, ask, by)
            case "suspend":
                await acts.suspend(tenant, ask["note"], by)
            case "resume":
                await acts.resume(tenant, by)
            case "delete":
                ends = await acts.leave(tenant, timedelta(days=ask["days"]), by)
                return {"delete_after": ends.isoformat()}
            case "layout":
                return await layouts.act(self._house, self._system, tenant, ask, by)
            case "export":
                return await self._export(task)
            case "erase":
                return await self._erase(task)
        return {}

    async def _export(self, task: Task) -> dict[str, Any]:
        sealed = task.ask.get("passphrase")
        key = ArchiveKey.of(self._house.keys, self._errand.opened(sealed) if sealed else None)
        path = self._folder() / f"{task.slug}-{task.id}.zip"
        exporter = Exporter(self._house, key)
        manifest = await exporter.write(task.tenant, path, told=task.tell)
        await self._acts.note_export(task.tenant, task.slug, task.by, manifest.rows)
        size = (await asyncio.to_thread(path.stat)).st_size
        return {"file": path.name, "bytes": size, "rows": manifest.rows}

    def _folder(self) -> Path:
        return exports_folder(self._house.settings.data)

    async def _erase(self, task: Task) -> dict[str, Any]:
        async with committing(self._system.unit(NOBODY)) as unit:
            found = await unit.db.execute(BEGIN_ERASING, {"id": task.tenant})
            if found.one_or_none() is None:  # resumed in the last moment, or gone already
                return {"rows": 0}
            await self._house.signals.send(unit, "tenant", str(task.tenant), task.tenant)
        house = self._house
        eraser = Eraser(house.database, self._system, house.redises, house.store)
        rows = 0
        while gone := await eraser.erase(task.tenant, told=task.tell):
            rows += gone  # once more: a job that was running may have written meanwhile
        async with committing(self._system.unit(NOBODY)) as unit:
            await unit.db.execute(FORGET_USAGE, {"id": task.tenant})
            await unit.db.execute(DELETE_TENANT, {"id": task.tenant})
            target, said = f"tenant:{task.slug}", {"rows": rows}
            await note(unit, "tenant.erased", target, task.by, tenant=task.tenant, after=said)
            await self._house.signals.send(unit, "tenant", str(task.tenant), task.tenant)
        return said

    @asynccontextmanager
    async def _kept(self, task: Task) -> AsyncIterator[None]:
        """Renews the task's lease meanwhile."""
        renewing = asyncio.create_task(self._renew(task))
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait({renewing})

    async def _renew(self, task: Task) -> None:
        while True:
            await asyncio.sleep(LEASE / 20)
            values = {"id": task.id, "run": task.run, "lease": LEASE, "progress": task.progress}
            async with committing(self._system.unit(NOBODY, durable=False)) as unit:
                await unit.db.execute(RENEW_TASK, values)

    async def _end(self, task: Task, state: str, **values: Any) -> None:
        given = {"result": None, "error": None, **values, "state": state}
        async with committing(self._system.unit(NOBODY)) as unit:
            await unit.db.execute(END_TASK, {**given, "id": task.id, "run": task.run})


def exports_folder(data: Path) -> Path:
    """Where archives are kept; nobody else may read them."""
    folder = data / EXPORTS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _told(refusal: MaruError) -> dict[str, Any]:
    """A refusal as it is kept: text and details apart, so that it can be said in any language."""
    return {
        "status": refusal.status,
        "code": refusal.code,
        "text": refusal.text,
        "message": str(refusal),
        "details": {name: _plain(value) for name, value in refusal.details.items()},
    }


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)
