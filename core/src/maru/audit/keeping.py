"""Keeps lines for as long as their kind asks: makes the partitions of times to come, and drops
those whose time is over, once a checkpoint says where each chain begins then."""

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, get_args
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from maru.audit import statements
from maru.audit.chain import Head, Sealed, heads_data, heads_from, link_of, seal_of
from maru.audit.checkpoints import Signer, is_genuine
from maru.audit.kinds import KINDS
from maru.audit.models import Kind
from maru.audit.sealer import CheckpointRefused, keep_checkpoint, last_checkpoint
from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.signals import Loop

PAUSE: Final = 3_600.0
YEARS: Final[Mapping[Kind, int]] = {"general": 1, "personal": 2, "rights": 3}
_PATIENT: Final = 60.0
log = logging.getLogger(__name__)
_NAME: Final = re.compile(rf"audit_({'|'.join(get_args(Kind))})_(\d{{4}})q([1-4])")


@dataclass(frozen=True, slots=True)
class Going:
    """Lines whose time is over, as a condition; `quarter` is that of a partition of theirs."""

    kind: Kind
    where: str
    given: dict[str, Any]
    quarter: date | None = None


class Keeper:
    """Keeps and drops as `maru_system`; any number may run."""

    def __init__(
        self,
        database: Database,
        signer: Signer,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._signer = signer
        self._clock = clock
        self._loop = Loop("audit keeper", self.step, PAUSE)

    def start(self) -> None:
        """Begin to keep."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop keeping."""
        await self._loop.stop()

    async def step(self) -> None:
        """Make what will be needed, drop what is over."""
        now = self._clock()
        for kind in KINDS:
            for quarter in (quarter_of(now.date()), after(quarter_of(now.date()))):
                async with committing(self._database.unit(NOBODY, timeout=_PATIENT)) as unit:
                    await _partition(await unit.session(), "make", kind, quarter)
        for going in await self._over(now):
            try:
                await self._drop(going)
            except CheckpointRefused as refused:
                log.error("audit lines whose time is over stay: %s", refused)
        async with committing(self._database.unit(NOBODY)) as unit:
            before = now.date() - timedelta(days=366 * max(YEARS.values()))
            await (await unit.session()).execute(statements.FORGET, {"before": before})

    async def _over(self, now: datetime) -> list[Going]:
        async with self._database.unit(NOBODY) as unit:
            found = await (await unit.session()).execute(statements.PARTITIONS)
            names = [_NAME.fullmatch(name) for name in found.scalars()]
        return [
            *(_partition_going(each) for each in names if each and _is_over(each, now)),
            *(_rest_going(kind, now) for kind in KINDS),
        ]

    async def _drop(self, going: Going) -> None:
        async with committing(self._database.unit(NOBODY, timeout=_PATIENT)) as unit:
            session = await unit.session()
            query = statements.tenants_with(going.where)
            tenants = (await session.execute(query, going.given)).scalars().all()
            for tenant in sorted(tenants):
                await session.execute(statements.LOCK, {"tenant": str(tenant)})
                await self._begin_after(session, tenant, going)
            if going.quarter is not None:
                await _partition(session, "drop", going.kind, going.quarter)
            elif tenants:
                await session.execute(statements.deletion_of(going.where), going.given)

    async def _begin_after(self, session: AsyncSession, tenant: UUID, going: Going) -> None:
        """Sign where the chain of these lines begins once they are gone."""
        last = await last_checkpoint(session, tenant)
        if last is None or last.key != self._signer.key or not is_genuine(last):
            raise CheckpointRefused(f"tenant {tenant} has no checkpoint of this installation's")
        heads = heads_from(tenant, last.heads)
        given = {**going.given, "tenant": tenant}
        rest = await session.scalar(statements.first_beside(going.where), given)
        asked = {**given, "first": heads[going.kind].number if rest is None else rest - 1}
        late = await session.execute(statements.late_of(going.where), asked)
        heads[going.kind] = begun_after(
            heads[going.kind], asked["first"], [Sealed(*row) for row in late]
        )
        now = self._clock()
        made = self._signer.sign(tenant, now.date(), now, heads_data(heads))
        await keep_checkpoint(session, made)


def begun_after(head: Head, first: int, going: list[Sealed]) -> Head:
    """The head of a chain that begins after `first`, where these lines are about to go: the last of
    them up to `first`, and any beyond it. Raises CheckpointRefused where others are missing."""
    gaps = dict(head.gaps)
    number, seal = head.first, head.since
    for line in going:
        if line.number is None:
            raise CheckpointRefused(f"the line {line.id} waits for its seal")
        if line.number > first:
            gaps[str(line.number)] = link_of(line)
        else:
            number, seal = line.number, line.seal or ""
    while number < first:
        link = gaps.get(str(number + 1))
        if link is None:
            raise CheckpointRefused(f"the line {number + 1} is missing; see `maru audit verify`")
        number, seal = number + 1, seal_of(seal, number + 1, link)
    left = {each: link for each, link in gaps.items() if int(each) > first}
    return replace(head, first=first, since=seal, gaps=left)


def quarter_of(day: date) -> date:
    """The first day of a day's quarter."""
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def after(quarter: date) -> date:
    """The quarter after a quarter."""
    return quarter_of(quarter + timedelta(days=95))


def _is_over(name: re.Match[str], now: datetime) -> bool:
    kind: Any = name[1]
    until = after(_quarter_named(name))
    return until.replace(year=until.year + YEARS[kind]) <= now.date()


def _quarter_named(name: re.Match[str]) -> date:
    return date(int(name[2]), int(name[3]) * 3 - 2, 1)


def _partition_going(name: re.Match[str]) -> Going:
    kind: Any = name[1]
    quarter = _quarter_named(name)
    ends = (quarter, after(quarter))
    since, until = (datetime(day.year, day.month, 1, tzinfo=UTC) for day in ends)
    where = "kind = :kind AND id >= maru.first_id(:since) AND id < maru.first_id(:until)"
    return Going(kind, where, {"kind": kind, "since": since, "until": until}, quarter)


def _rest_going(kind: Kind, now: datetime) -> Going:
    """Lines whose ids tell no time have no partition of their own."""
    where = "kind = :kind AND tableoid = 'maru.audit_rest'::regclass AND created_at < :before"
    before = now - timedelta(days=366 * YEARS[kind])
    return Going(kind, where, {"kind": kind, "before": before})


async def _partition(session: AsyncSession, act: str, kind: Kind, quarter: date) -> None:
    call = sa.text("SELECT maru.audit_partition(:act, :kind, :quarter)")
    await session.execute(call, {"act": act, "kind": kind, "quarter": quarter})
