"""Checks a tenant's trail against its chains and checkpoints, and names every line that doesn't
fit."""

from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from maru.audit import statements
from maru.audit.chain import Head, Sealed, heads_from, link_of, seal_of
from maru.audit.checkpoints import Checkpoint, is_genuine
from maru.audit.kinds import KINDS
from maru.audit.models import Kind

BATCH: Final = 2_000
STALE: Final = timedelta(minutes=30)
LATE: Final = timedelta(seconds=60)
_FIRST_ID: Final = str(UUID(int=0))
_MOVES: Final = 200

Problem = Literal[
    "changed", "moved", "missing", "inserted", "cut off", "relinked", "forged", "stale", "unsealed"
]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that doesn't fit, and where."""

    problem: Problem
    text: str
    kind: Kind | None = None
    number: int | None = None
    line: str | None = None

    def __str__(self) -> str:
        place = "" if self.number is None else f" {self.kind} {self.number}"
        about = "" if self.line is None else f" ({self.line})"
        return f"{self.problem}{place}{about}: {self.text}"


@dataclass(slots=True)
class Report:
    """What was found in one tenant's trail; `tail` counts the lines that no seal is on yet."""

    lines: int = 0
    tail: dict[str, int] = field(default_factory=dict)
    first_of_tail: dict[str, str] = field(default_factory=dict)
    sealed_to: dict[str, int] = field(default_factory=dict)
    signed_at: datetime | None = None
    faults: list[Fault] = field(default_factory=list)


async def verify(
    session: AsyncSession, tenant: UUID, keys: Collection[str], now: datetime
) -> Report:
    """Check one tenant's trail, in a transaction that sees one state of it. `keys` are the public
    keys that its checkpoints may be signed with."""
    report = Report()
    genuine = list(_genuine(await checkpoints_of(session, tenant), keys, report))
    last = genuine[-1] if genuine else None
    heads = heads_from(tenant, last.heads if last else {})
    for kind in KINDS:
        known = {each.heads[kind]["number"]: each for each in genuine if kind in each.heads}
        await _Chain(report, kind, heads[kind], known).check(_lines(session, tenant, kind))
    await _look_at_tail(session, tenant, report, now)
    if last is not None:
        report.signed_at = last.made_at
        if now - last.made_at > STALE:
            told = f"nothing was signed since {last.made_at:%Y-%m-%d %H:%M:%S} UTC:"
            report.faults.append(
                Fault("stale", f"{told} either no scheduler runs, or the end is cut off")
            )
    return report


async def checkpoints_of(session: AsyncSession, tenant: UUID) -> list[Checkpoint]:
    """A tenant's checkpoints, the oldest first."""
    rows = await session.execute(statements.CHECKPOINTS, {"tenant": tenant})
    return [Checkpoint(*row) for row in rows]


def _genuine(
    found: list[Checkpoint], keys: Collection[str], report: Report
) -> Iterator[Checkpoint]:
    for each in found:
        if each.key not in keys:
            told = f"the checkpoint of {each.day} is signed with another key ({each.key[:16]}…)"
        elif not is_genuine(each):
            told = f"the checkpoint of {each.day} does not bear its signature"
        else:
            yield each
            continue
        report.faults.append(Fault("forged", told))


async def _lines(session: AsyncSession, tenant: UUID, kind: Kind) -> AsyncIterator[Sealed]:
    number, last = 0, _FIRST_ID
    while True:
        asked = {"tenant": tenant, "kind": kind, "number": number, "id": last, "most": BATCH}
        found = [Sealed(*row) for row in await session.execute(statements.SEALED, asked)]
        for line in found:
            yield line
        if len(found) < BATCH:
            return
        number, last = found[-1].number or 0, found[-1].id


async def _look_at_tail(session: AsyncSession, tenant: UUID, report: Report, now: datetime) -> None:
    for kind, count, oldest, first in await session.execute(statements.TAIL, {"tenant": tenant}):
        report.tail[kind], report.first_of_tail[kind] = count, first
        if now - oldest > LATE:
            told = f"{count} lines wait for their seal since {oldest:%Y-%m-%d %H:%M:%S} UTC"
            report.faults.append(Fault("unsealed", told, kind, None, first))


class _Chain:
    """Walks one chain; after a fault it goes on from the seal that stands in the line."""

    def __init__(
        self, report: Report, kind: Kind, head: Head, known: dict[int, Checkpoint]
    ) -> None:
        self._report, self._kind, self._head, self._known = report, kind, head, known
        self._number, self._seal = head.first, head.since
        self._unfit: list[tuple[Sealed, str]] = []

    async def check(self, lines: AsyncIterator[Sealed]) -> None:
        async for line in lines:
            self._report.lines += 1
            self._take(line, line.number or 0)
        self._end()
        self._name_unfit()
        self._report.sealed_to[self._kind] = self._number

    def _take(self, line: Sealed, number: int) -> None:
        if number > self._head.number:
            self._fault("inserted", "stands behind the last checkpoint", number, line.id)
        elif number <= self._head.first or number == self._number:
            self._fault("inserted", "another line has this number", number, line.id)
        else:
            before = self._across(number)
            if before is not None and seal_of(before, number, link_of(line)) != line.seal:
                self._unfit.append((line, before))
            self._number, self._seal = number, line.seal or ""
            self._compare(number)

    def _across(self, number: int) -> str | None:
        """The seal before this number; None where lines are missing, so that nobody can tell."""
        seal: str | None = self._seal
        for missing in range(self._number + 1, number):
            link = self._head.gaps.get(str(missing))
            if link is None:
                self._fault("missing", "there is no line of this number", missing)
                seal = None
            elif seal is not None:
                seal = seal_of(seal, missing, link)
        return seal

    def _compare(self, number: int) -> None:
        """Whether the line bears the seal that a checkpoint has signed."""
        signed = self._known.get(number)
        if signed is None or signed.heads[self._kind]["seal"] == self._seal:
            return
        told = f"its seal is not that of the checkpoint of {signed.day}; lines before it were"
        self._fault("relinked", f"{told} changed and linked anew", number)

    def _end(self) -> None:
        last, number = self._head.number, self._number
        while number < last and (link := self._head.gaps.get(str(number + 1))) is not None:
            number, self._seal = number + 1, seal_of(self._seal, number + 1, link)
        if number < last:
            span = f"{number + 1}" if number + 1 == last else f"{number + 1} to {last}"
            self._fault("cut off", f"the lines {span} are gone from the end", number + 1)
        self._number = max(self._number, number)

    def _name_unfit(self) -> None:
        """Tell lines that stand at another's place from lines that say something else now."""
        places = [(line.number or 0, before) for line, before in self._unfit[:_MOVES]]
        seals = {line.seal for line, _ in self._unfit}
        for line, _ in self._unfit:
            link = link_of(line)
            place = next(
                (number for number, before in places if seal_of(before, number, link) in seals),
                None,
            )
            if place is None:
                told = "says something else than was sealed"
                self._fault("changed", told, line.number, line.id)
            else:
                self._fault("moved", f"was sealed as number {place}", line.number, line.id)

    def _fault(
        self, problem: Problem, text: str, number: int | None = None, line: str | None = None
    ) -> None:
        self._report.faults.append(Fault(problem, text, self._kind, number, line))


async def tenants_of(session: AsyncSession) -> dict[str, UUID]:
    """Every tenant by its slug."""
    found: Any = await session.execute(statements.TENANTS)
    return {slug: tenant for tenant, slug in found}
