"""What an admin does with the tenant's schedules: sees them, turns one off, asks for a run now.

All of it in the tenant's scope, in the transaction at hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from maru.db.unit import Unit
from maru.jobs.catalog import SCHEDULE, Catalog, Work
from maru.jobs.cron import fires_after
from maru.jobs.errors import ScheduleNotFound, ScheduleUnderWay
from maru.jobs.relay import CHANNEL
from maru.jobs.schedule_queries import (
    ASK,
    LATEST,
    RUNS,
    SET_STATE,
    SWITCHES,
    RunOut,
    params_of_work,
)
from maru.jobs.schedules import SIGNAL, seed_of
from maru.signals import Signals
from maru_sdk import Tenant
from maru_sdk.db import uuid7
from maru_sdk.declarations import Handler, Schedule

RUNS_SHOWN = 50

On = Callable[[str], bool]


@dataclass(frozen=True)
class Planned:
    """A schedule as it stands in a tenant; `next_at` is absent where it is off or never comes."""

    name: str
    plugin: str
    function: Handler
    cron: str
    missed: str
    enabled: bool
    next_at: datetime | None
    last: RunOut | None


class ScheduleDesk:
    """The schedules of plugins that are on in a tenant; any other is not found."""

    def __init__(self, signals: Signals, catalog: Catalog) -> None:
        self._signals = signals
        self._catalog = catalog

    async def planned(self, unit: Unit, tenant: Tenant, on: On, now: datetime) -> list[Planned]:
        """All of them, by name."""
        found = sorted(self._on(on))
        off = {one.schedule for one in await unit.read(SWITCHES) if not one.enabled}
        last = {one.schedule: one for one in await unit.read(LATEST, names=found)}
        zone = ZoneInfo(tenant.timezone)
        return [self._one(name, name not in off, last.get(name), now, zone) for name in found]

    async def one(self, unit: Unit, tenant: Tenant, on: On, now: datetime, name: str) -> Planned:
        """One of them; raises ScheduleNotFound."""
        self._known(name, on)
        return next(one for one in await self.planned(unit, tenant, on, now) if one.name == name)

    async def runs(self, unit: Unit, name: str, on: On) -> list[RunOut]:
        """Its latest runs, newest first."""
        self._known(name, on)
        return list(await unit.read(RUNS, name=name, most=RUNS_SHOWN))

    async def switch(
        self, unit: Unit, name: str, on: On, person: UUID | None, *, enabled: bool
    ) -> bool:
        """Turn it on or off in this tenant; False where it is so already.

        From the commit on no run is claimed; one that is under way goes on.
        """
        self._known(name, on)
        values = {"id": uuid7(), "schedule": name, "enabled": enabled, "person": person}
        found = await (await unit.session()).execute(SET_STATE, values)
        if found.one_or_none() is None:
            return False
        await self._signals.send(unit, SIGNAL, name, unit.scope.tenant)
        return True

    async def run_now(
        self, unit: Unit, tenant: Tenant, name: str, on: On, person: UUID | None, trace: str = ""
    ) -> UUID:
        """Ask for a run beside the planned ones, also of one that is turned off; its job's id.

        Raises ScheduleUnderWay while one that was asked for waits.
        """
        work = self._known(name, on)
        job_id = uuid7()
        seed = seed_of(tenant, work.plugin).model_copy(update={"actor": person, "trace": trace})
        values = {
            "id": uuid7(),
            "job": job_id,
            "schedule": name,
            "run_key": f"asked {job_id}",
            "person": person,
            "trace": trace or None,
            "unique_key": f"{work.kind}:asked",
            "seed": seed.model_dump(mode="json"),
            **params_of_work(work),
        }
        found = await (await unit.session()).execute(ASK, values)
        if found.one_or_none() is None:
            raise ScheduleUnderWay
        self._signals.nudge_after(unit, CHANNEL)
        return job_id

    def _on(self, on: On) -> list[str]:
        return [name for name, (key, _) in self._catalog.schedules.items() if on(key)]

    def _known(self, name: str, on: On) -> Work:
        work = self._catalog.find(SCHEDULE + name)
        if work is None or not on(work.plugin):
            raise ScheduleNotFound(name=name)
        return work

    def _one(
        self, name: str, enabled: bool, last: RunOut | None, now: datetime, zone: ZoneInfo
    ) -> Planned:
        plugin, schedule = self._catalog.schedules[name]
        return Planned(
            name=name,
            plugin=plugin,
            function=schedule.function,
            cron=schedule.cron,
            missed=schedule.missed,
            enabled=enabled,
            next_at=_next(schedule, now, zone) if enabled else None,
            last=last,
        )


def _next(schedule: Schedule, now: datetime, zone: ZoneInfo) -> datetime | None:
    return fires_after(schedule.cron, now, zone)
