"""Links lines that are committed into their tenant's chains, seconds after they were written.

A line gets its number here and not when it is written: whoever would chain within a request would
wait for every other request of the tenant, and a transaction that commits late would leave a hole.
So the order is that in which lines were seen to be committed. Any number of sealers may run; a lock
per tenant keeps two from the same chains.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from maru.audit import statements
from maru.audit.chain import Head, Heads, Sealed, heads_data, heads_from, link_of, seal_of
from maru.audit.checkpoints import Checkpoint, Signer, is_genuine
from maru.audit.models import Kind
from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.observability.metrics import Metrics
from maru.signals import Loop
from maru_sdk.db import uuid7

PAUSE: Final = 2.0
BATCH: Final = 1_000
RENEWED: Final = timedelta(minutes=10)
_LOOK: Final = timedelta(minutes=1)

log = logging.getLogger(__name__)


class CheckpointRefused(Exception):
    """The newest checkpoint isn't what this installation has signed last."""


class Sealer:
    """Seals as `maru_system`, and renews checkpoints that nothing has happened since."""

    def __init__(
        self,
        database: Database,
        signer: Signer,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._signer = signer
        self._clock = clock
        self._looked: datetime | None = None
        self._known: dict[UUID, dict[Kind, int]] = {}
        self._refused: set[UUID] = set()
        self.behind = 0.0
        self._loop = Loop("audit sealer", self.step, PAUSE)

    @property
    def refused(self) -> int:
        """How many tenants' trails it doesn't seal until somebody has looked at them."""
        return len(self._refused)

    def show(self, metrics: Metrics) -> None:
        """Let figures say how far it is behind, looked up once a minute."""
        told = "Seconds that the oldest line of the audit trail waits for its seal."
        metrics.ask("maru_audit_unsealed_seconds", told, lambda: self.behind)
        told = "Tenants whose audit trail is not sealed: see `maru audit verify`."
        metrics.ask("maru_audit_refused_tenants", told, lambda: self.refused)

    def start(self) -> None:
        """Begin to seal."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop sealing."""
        await self._loop.stop()

    async def step(self) -> bool:
        """Seal what waits in each tenant, once around; whether there may be more."""
        more = False
        for tenant in await self._tenants(statements.WAITING):
            more = await self.seal(tenant) >= BATCH or more
        now = self._clock()
        if self._looked is None or now - self._looked >= _LOOK:
            self._looked = now
            for tenant in await self._tenants(statements.STALE, before=now - RENEWED):
                await self.seal(tenant)
            async with self._database.unit(NOBODY) as unit:
                self.behind = float(await unit.db.scalar(statements.BEHIND) or 0)
        return more

    async def seal(self, tenant: UUID) -> int:
        """Seal the oldest lines of one tenant and sign how far they reach; how many there were."""
        try:
            return await self._seal(tenant)
        except CheckpointRefused as refused:
            if tenant not in self._refused:
                self._refused.add(tenant)
                log.error("the audit trail of tenant %s is not sealed: %s", tenant, refused)
            return 0

    async def _seal(self, tenant: UUID) -> int:
        async with committing(self._database.unit(NOBODY)) as unit:
            session = await unit.session()
            if not await session.scalar(statements.TRY_LOCK, {"tenant": str(tenant)}):
                return 0
            heads = self._checked(tenant, await last_checkpoint(session, tenant))
            asked = {"tenant": tenant, "most": BATCH}
            found = (await session.execute(statements.UNSEALED, asked)).all()
            heads, sealed = sealing(heads, [Sealed(*row) for row in found])
            if sealed:
                await _write(session, tenant, sealed)
            await keep_checkpoint(session, self._signed(tenant, heads))
        self._known[tenant] = {kind: head.number for kind, head in heads.items()}
        self._refused.discard(tenant)
        return len(sealed)

    def _checked(self, tenant: UUID, last: Checkpoint | None) -> Heads:
        """The heads to go on from. To go on from what somebody else has put there would seal it."""
        if last is not None and last.key != self._signer.key:
            raise CheckpointRefused(
                "its last checkpoint was signed with another key; see `maru audit verify`, then"
                " `maru audit adopt`"
            )
        if last is not None and not is_genuine(last):
            raise CheckpointRefused("its last checkpoint is forged; see `maru audit verify`")
        heads = heads_from(tenant, {} if last is None else last.heads)
        known = self._known.get(tenant, {})
        if any(heads[kind].number < number for kind, number in known.items()):
            raise CheckpointRefused("its last checkpoint is older than one that was seen before")
        return heads

    def _signed(self, tenant: UUID, heads: Heads) -> Checkpoint:
        now = self._clock()
        return self._signer.sign(tenant, now.date(), now, heads_data(heads))

    async def _tenants(self, statement: Any, **given: Any) -> Sequence[UUID]:
        async with self._database.unit(NOBODY) as unit:
            found = await (await unit.session()).execute(statement, given)
            return found.scalars().all()


def sealing(heads: Heads, lines: Sequence[Sealed]) -> tuple[Heads, list[Sealed]]:
    """The lines with their numbers and seals, and the heads after them."""
    heads, sealed = dict(heads), []
    for line in lines:
        head: Head = heads[line.kind]
        number = head.number + 1
        seal = seal_of(head.seal, number, link_of(line))
        heads[line.kind] = replace(head, number=number, seal=seal)
        sealed.append(line._replace(number=number, seal=seal))
    return heads, sealed


async def _write(session: AsyncSession, tenant: UUID, lines: Sequence[Sealed]) -> None:
    written: Any = await session.execute(
        statements.SEAL,
        {
            "tenant": tenant,
            "ids": [UUID(line.id) for line in lines],
            "kinds": [line.kind for line in lines],
            "numbers": [line.number for line in lines],
            "seals": [line.seal for line in lines],
        },
    )
    if written.rowcount != len(lines):
        raise RuntimeError(f"{written.rowcount} of {len(lines)} lines could be sealed")


async def last_checkpoint(session: AsyncSession, tenant: UUID) -> Checkpoint | None:
    """The newest checkpoint of a tenant."""
    found = (await session.execute(statements.LAST_CHECKPOINT, {"tenant": tenant})).first()
    return None if found is None else Checkpoint(*found)


async def keep_checkpoint(session: AsyncSession, made: Checkpoint) -> None:
    """Stores a checkpoint in place of the day's earlier one."""
    await session.execute(
        statements.KEEP_CHECKPOINT,
        {
            "tenant": made.tenant,
            "id": uuid7(),
            "day": made.day,
            "made_at": made.made_at,
            "heads": made.heads,
            "key": made.key,
            "signature": made.signature,
        },
    )
