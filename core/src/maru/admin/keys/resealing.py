"""Seals every text anew under the tenant's present data key, and drops keys that nothing uses.

It may be killed at any moment: each row is written whole, in a transaction of a batch, and a run
that begins again finds what is still under an older key.
"""

from collections import Counter
from datetime import timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError, ProgrammingError

from maru.admin.keys.leftovers import keys_in_use
from maru.admin.keys.places import FIRST, Found, Place, places_of
from maru.admin.keys.queries import RETIRED
from maru.admin.service import call_of
from maru.crypto.sealing import Ring, Sealed, SecretUnreadable
from maru.db.scope import Scope
from maru_sdk import Context, Model, job

LONGEST = 600.0
"""Seconds that looking through one table may take; longer, and the keys stay."""
KEPT = timedelta(hours=24)
"""How long a key stays after it was retired: longer than any process or transaction may go on
sealing under it."""


class Resealed(Model):
    """What a run came to."""

    sealed_anew: int = 0
    up_to_date: int = 0
    unreadable: int = 0
    destroyed: int = 0


@job(priority="low", tries=10, deadline="6h")
async def reseal(ctx: Context) -> Resealed:
    """Seals everything anew under the present data key; drops older keys a day later."""
    call = call_of(ctx)
    vault, host = call.services.vault, call.services.host
    await vault.changed(ctx.tenant.id, "")
    work = _Work(ctx, await vault.ring(ctx.tenant.id))
    async with ctx.aside() as own:
        places = await places_of(call_of(own).unit, host)
    for place in places:
        try:
            await work.through(place)
        except (IntegrityError, ProgrammingError) as error:  # one place doesn't keep the others
            work.counted["unreadable"] += 1
            ctx.log.error("a place can't be sealed anew", place=place.name, problem=str(error.orig))
    destroyed = await _destroyed(ctx, work.used)
    return Resealed(**work.counted, destroyed=destroyed)


class _Work:
    """One run, batch by batch."""

    def __init__(self, ctx: Context, ring: Ring) -> None:
        self._ctx, self._ring = ctx, ring
        self.counted: Counter[str] = Counter()
        self.used: set[UUID] = set()

    async def through(self, place: Place) -> None:
        after: UUID | None = FIRST
        while after is not None:
            async with self._ctx.aside() as own:
                unit = call_of(own).unit
                found, after = await place.batch(unit, after)
                for one in found:
                    await self._one(own, place, one)
            await self._ctx.progress(self.counted.total(), note=place.name)

    async def _one(self, own: Context, place: Place, found: Found) -> None:
        try:
            again = {about: self._again(text, about) for about, text in found.texts.items()}
        except SecretUnreadable as fault:
            self.counted["unreadable"] += 1
            self.used |= _keys_of(found)
            own.log.error("a sealed text does not open", place=place.name, problem=str(fault))
            return
        if again == found.texts:
            self.counted["up_to_date"] += 1
        elif await place.replace(call_of(own).unit, found, again):
            self.counted["sealed_anew"] += 1
        else:  # changed meanwhile: perhaps under an older key, by who had not heard of this one
            self.used |= _keys_of(found)

    def _again(self, text: str, about: str) -> str:
        if Sealed.read(text).key == self._ring.active:
            return text
        return self._ring.seal(self._ring.open(text, about), about)


def _keys_of(found: Found) -> set[UUID]:
    keys = set()
    for text in found.texts.values():
        try:
            keys.add(Sealed.read(text).key)
        except SecretUnreadable:
            continue
    return keys


async def _destroyed(ctx: Context, used: set[UUID]) -> int:
    """Forgets the keys that were retired a day ago and that no text anywhere uses."""
    async with ctx.aside() as own:
        call = call_of(own)
        before, vault = ctx.now - KEPT, call.services.vault
        old = {one.id for one in await own.read(RETIRED, before=before)} - used
        if not old:
            return 0
        used = used | await _in_use(ctx, old)
        count = await vault.destroy(call.unit, ctx.tenant.id, before, used)
        if count:
            await own.audit("data_key.destroyed", "data_keys", after={"count": count})
    return count


async def _in_use(ctx: Context, old: set[UUID]) -> set[UUID]:
    """Looks through every text of the tenant, which may take its time."""
    database = call_of(ctx).services.database
    async with database.unit(Scope(ctx.tenant.id), readonly=True, timeout=LONGEST) as unit:
        return await keys_in_use(unit, old)
