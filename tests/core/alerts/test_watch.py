"""The watch on real servers: one looks, the next goes on where it stopped, all see the states."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from tests.core.jobs.house import until
from tests.engines import Tenants

from maru.alerts.messages import Message, Messenger
from maru.alerts.points import PointStore
from maru.alerts.queries import ALL
from maru.alerts.rule import Rule, Rules
from maru.alerts.watch import AlertWatch
from maru.api.figures import RedisSnapshots
from maru.db import Database
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.observability.metrics import Metrics
from maru.redis import Redises
from maru.settings import Settings

LOAD = {
    "name": "load",
    "title": "Too much load",
    "metric": "test_load",
    "measure": "max",
    "operator": "gt",
    "threshold": 1,
    "severity": "critical",
    "cool_down": timedelta(0),
}
MISSING = {**LOAD, "name": "missing", "metric": "test_never_there"}
LOST = {
    **LOAD,
    "name": "lost",
    "metric": "maru_database_up",
    "measure": "min",
    "operator": "lt",
}


class Told(list[tuple[str, str]]):
    """A channel that remembers what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.broken = False

    async def __call__(self, message: Message) -> None:
        if self.broken:
            raise ConnectionRefusedError
        self.append((message.notice.rule.name, message.json["status"]))


class Scene:
    """A watch, the figures that it looks at and what it says."""

    def __init__(self, watch: AlertWatch, metrics: Metrics, redises: Redises) -> None:
        self.watch, self.metrics, self.redises = watch, metrics, redises

    async def look(self, load: float) -> None:
        """Look once at this load of some other process."""
        other = Metrics("web")
        other.ask("test_load", "Load.", lambda: load)
        await RedisSnapshots(self.redises, self.metrics.process).put("other-1", other.snapshot())
        await self.watch.look()


@asynccontextmanager
async def scene(
    settings: Settings, told: Told, *rules: dict[str, Any], name: str, slack: Told | None = None
) -> AsyncIterator[Scene]:
    metrics, redises = Metrics("scheduler"), Redises(settings, quick=5.0)
    metrics.process = name
    wanted = Rules(
        severities={"critical": ("webhook",) if slack is None else ("webhook", "slack")},
        rules=tuple(Rule.model_validate(rule) for rule in rules),
    )
    async with await Database.open(settings.database_system_url) as database:
        watch = AlertWatch(
            database,
            redises,
            RedisSnapshots(redises, name),
            wanted,
            Messenger(
                {"webhook": told} if slack is None else {"webhook": told, "slack": slack}, name
            ),
            metrics=metrics,
            instance=name,
        )
        try:
            yield Scene(watch, metrics, redises)
        finally:
            await redises.close()


@pytest.fixture
def name() -> str:
    return f"t{uuid4().hex[:8]}"


async def states(settings: Settings) -> dict[str, tuple[str, str | None]]:
    """What a page, as the runtime role, sees."""
    async with (
        await Database.open(settings.database_url) as database,
        database.unit(NOBODY, readonly=True) as unit,
    ):
        rows: Sequence[Any] = (await unit.db.execute(ALL)).all()
    return {row.name: (row.state, row.fault) for row in rows}


async def test_what_comes_true_is_told_and_shown(settings: Settings, name: str) -> None:
    told = Told()
    async with scene(settings, told, LOAD, MISSING, name=name) as found:
        await found.look(0.5)
        assert await states(settings) == {
            "load": ("ok", None),
            "missing": ("unknown", "no process shows the figure test_never_there"),
        }
        await found.look(2)
        assert (await states(settings))["load"] == ("firing", None)
        await found.look(0.5)
        points, _ = await PointStore(found.redises, name).since(0)
    assert told == [("load", "firing"), ("load", "resolved")]
    assert len(points) == 3
    assert points[0]["requests"] is None


async def test_a_channel_that_fails_is_tried_again(settings: Settings, name: str) -> None:
    told = Told()
    told.broken = True
    async with scene(settings, told, LOAD, name=name) as found:
        await found.look(2)
        told.broken = False
        await found.look(2)
        await found.look(2)
    assert told == [("load", "firing")]


async def test_one_that_fails_does_not_have_the_others_told_again(
    settings: Settings, name: str
) -> None:
    told, slack = Told(), Told()
    slack.broken = True
    async with scene(settings, told, LOAD, name=name, slack=slack) as found:
        for _ in range(3):
            await found.look(2)
        slack.broken = False
        for _ in range(2):
            await found.look(2)
    assert told == slack == [("load", "firing")]


async def test_one_of_several_looks_and_the_next_doesnt_tell_it_again(
    settings: Settings, name: str
) -> None:
    told = Told()
    async with (
        scene(settings, told, LOAD, name=name) as first,
        scene(settings, told, LOAD, name=name) as second,
    ):
        await first.look(2)
        await second.look(2)
        assert told == [("load", "firing")]
        await first.watch.stop()
        await second.look(2)
        assert told == [("load", "firing")]
        await second.look(0)
    assert told == [("load", "firing"), ("load", "resolved")]


async def test_rules_that_are_gone_are_shown_no_more(settings: Settings, name: str) -> None:
    async with scene(settings, Told(), LOAD, MISSING, name=name) as found:
        await found.look(0)
        await found.watch.stop()
    async with scene(settings, Told(), LOAD, name=name) as found:
        await found.look(0)
    assert set(await states(settings)) == {"load"}


async def test_a_database_that_is_lost_is_told(
    settings: Settings, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told()
    async with scene(settings, told, LOST, name=name) as found:
        await found.look(0)
        assert told == []
        database = found.watch._database  # the one it asks

        def lost(*given: object, **more: object) -> None:
            raise OperationalError("", {}, ConnectionRefusedError())

        monkeypatch.setattr(database, "unit", lost)
        await found.look(0)
        monkeypatch.undo()
        await found.look(0)
    assert told == [("lost", "firing"), ("lost", "resolved")]


DEAD_JOB = """
INSERT INTO maru.job (tenant_id, id, kind, plugin, state, finished_at)
VALUES ('{tenant}', gen_random_uuid(), 'board.purge', 'board', 'dead', now())
"""


async def test_dead_letters_are_counted(
    settings: Settings, tenants: Tenants, database: Database, name: str
) -> None:
    async with committing(database.unit(tenants.hanbit)) as unit:
        await unit.db.execute(sa.text(DEAD_JOB.format(tenant=tenants.hanbit.tenant)))
    async with scene(settings, Told(), LOAD, name=name) as found:
        await found.look(0)
        figures = orjson.loads(found.metrics.snapshot())["figures"]
    (dead,) = [one for one in figures if one["name"] == "maru_queue_dead"]
    assert dead["values"] == [[[], 1.0]]


async def test_the_loop_looks_by_itself(settings: Settings, name: str) -> None:
    async with scene(settings, Told(), LOAD, name=name) as found:
        found.watch.start()
        await until(lambda: states(settings))
        await found.watch.stop()
        assert set(await states(settings)) == {"load"}
