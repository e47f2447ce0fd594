"""The keys that tokens are signed with: one signs, several verify, and each is replaced in time.

The first follows from the installation's secret; the others are drawn, sealed under that secret and
kept in the database. A new one signs some seconds after it was made: by then every process knows it
and no token meets one that doesn't. An old one verifies for as long as any token of its can live.

The keys are symmetric: nobody but our own processes verifies a token, and what verifies may sign.
"""

import base64
import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from maru.crypto.keys import Keys
from maru.crypto.ring import Key, Ring
from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import Unit, committing
from maru.identity.models import SigningKey
from maru.identity.queries import SIGNING_KEYS
from maru.identity.rotation import REFRESH_LIFE
from maru.signals import Loop, Signals
from maru_sdk.db import col, uuid7

SIGNAL: Final = "signing_key"
ALGORITHM: Final = "HS256"
AHEAD: Final = timedelta(seconds=10)
"""How long before it signs a key is told of."""
VERIFIES: Final = REFRESH_LIFE + timedelta(hours=1)
"""How long after it signs no more a key is good: longer than any token lives."""
_LOOK: Final = 60.0
_LOCK: Final = 7_201_455
_BEFORE, _NEVER = float("-inf"), float("inf")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key as operators see it."""

    kid: str
    signs_from: datetime | None
    retired_at: datetime | None


class SigningKeys:
    """Keeps the ring as the database has it, and makes new keys."""

    def __init__(
        self,
        database: Database,
        signals: Signals,
        keys: Keys,
        clock: Callable[[], float],
        changed: Callable[[], None],
    ) -> None:
        """`changed` is called when a key came or went."""
        self.ring = Ring(keys)
        self._changed = changed
        self._first = keys.name("signing-key")
        self._read: Sequence[KeyLine] = ()
        self._database = database
        self._signals = signals
        self._keys = keys
        self._clock = clock
        self._seal = AESGCM(keys.derive("signing-keys"))
        self.loop = Loop("signing keys", self.load, _LOOK)
        signals.on(SIGNAL, self._heard)
        signals.on_gap(self.loop.wake)

    async def load(self) -> None:
        """Reads the keys; called once before serving, then whenever some process made one."""
        rows = await self._rows()
        read = [KeyLine(row.kid, row.signs_from, row.retired_at) for row in rows]
        if read == self._read:
            return
        opened = [key for row in rows if (key := self._opened(row)) is not None]
        if all(row.kid != self._first for row in rows):
            opened.append(Key(self._keys, _BEFORE, _NEVER))
        self.ring.put(opened)
        self._read = read
        self._changed()

    async def list(self) -> Sequence[KeyLine]:
        """All that there are, in the order in which they were made."""
        await self.load()
        return self._read or [KeyLine(self._first, None, None)]

    async def _rows(self) -> Sequence[Any]:
        async with self._database.unit(NOBODY, readonly=True) as unit:
            return (await (await unit.session()).execute(SIGNING_KEYS)).all()

    async def rotate(self, *, at_once: bool = False) -> str:
        """Makes a key that signs from now on; the others only verify. With `at_once` they don't
        even do that: whoever signed in before has to once more. Gives its name."""
        async with committing(self._database.unit(NOBODY)) as unit:
            await self._alone(unit)
            return await self._make(unit, at_once=at_once)

    async def rotate_if_older(self, days: float) -> bool:
        """The same where the newest key has signed for so many days; deletes what retired. Of
        many processes that ask one makes a key."""
        now = self._now()
        async with committing(self._database.unit(NOBODY)) as unit:
            await self._alone(unit)
            session = await unit.session()
            await session.execute(sa.delete(SigningKey).where(self._gone(now)))
            rows = (await session.execute(SIGNING_KEYS)).all()
            if not rows:
                await self._insert(unit, self._first, "", now, None)
                return False
            if max(row.signs_from for row in rows) > now - timedelta(days=days):
                return False
            await self._make(unit, at_once=False)
            return True

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    async def _heard(self, *_: object) -> None:
        await self.load()

    async def _alone(self, unit: Unit) -> None:
        lock = sa.select(sa.func.pg_advisory_xact_lock(_LOCK))
        await (await unit.session()).execute(lock)

    async def _make(self, unit: Unit, *, at_once: bool) -> str:
        now, session = self._now(), await unit.session()
        begins = now if at_once else now + AHEAD
        retires = now if at_once else begins + VERIFIES
        known = await session.execute(sa.select(col(SigningKey.kid)))
        if self._first not in set(known.scalars()):
            await self._insert(unit, self._first, "", now, None)
        over = col(SigningKey.retired_at)
        await session.execute(
            sa.update(SigningKey)
            .where(sa.or_(over.is_(None), over > retires))
            .values(retired_at=retires)
        )
        drawn = secrets.token_bytes(32)
        kid = Keys(drawn).name("signing-key")
        nonce = secrets.token_bytes(12)
        sealed = base64.b64encode(nonce + self._seal.encrypt(nonce, drawn, kid.encode())).decode()
        await self._insert(unit, kid, sealed, begins, None)
        await self._signals.send(unit, SIGNAL, kid)
        unit.on_commit(self.load)
        return kid

    async def _insert(
        self, unit: Unit, kid: str, sealed: str, begins: datetime, retires: datetime | None
    ) -> None:
        row = {
            "id": uuid7(),
            "kid": kid,
            "algorithm": ALGORITHM,
            "public_key": "",
            "private_key": sealed,
            "signs_from": begins,
            "retired_at": retires,
        }
        await (await unit.session()).execute(sa.insert(SigningKey), [row])

    def _opened(self, row: Any) -> Key | None:
        """A key of the database; None for one that was sealed under another secret."""
        if row.kid == self._first:
            return Key(self._keys, _BEFORE, _seconds(row.retired_at))
        raw = base64.b64decode(row.private_key)
        try:
            drawn = self._seal.decrypt(raw[:12], raw[12:], row.kid.encode())
        except (InvalidTag, ValueError):
            log.warning("the signing key %s was made under another MARU_SECRET_KEY", row.kid)
            return None
        return Key(Keys(drawn), row.signs_from.timestamp(), _seconds(row.retired_at))

    def _gone(self, now: datetime) -> sa.ColumnElement[bool]:
        """Keys retired a day ago; the line of the first stays, or it would verify again."""
        return sa.and_(
            col(SigningKey.retired_at) < now - timedelta(days=1),
            col(SigningKey.kid) != self._first,
        )


def _seconds(moment: datetime | None) -> float:
    return _NEVER if moment is None else moment.timestamp()


class KeyRotation:
    """Replaces the key when it is old; a part of the scheduler, of which any number may run."""

    def __init__(self, signing: SigningKeys, days: int) -> None:
        self._signing = signing
        self._days = days
        self._loop = Loop("rotation of signing keys", self._step, 3_600.0)

    def start(self) -> None:
        """Begins to look every hour."""
        self._loop.start()

    async def stop(self) -> None:
        """Looks no more."""
        await self._loop.stop()

    async def _step(self) -> None:
        await self._signing.rotate_if_older(self._days)
