"""How operators sign in. Their tokens are random words, known here by their hash and looked up at
every request: operators are few, and who is shut out is out at once, in every process."""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import sqlalchemy as sa

from maru.crypto.passwords import Passwords
from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import Unit, committing
from maru.identity.errors import InvalidCredentials, TokenInvalid
from maru.identity.sign_in import Origin, fold
from maru.identity.throttle import WINDOW, Recorded, Spot, Throttle, since_success
from maru.operators.models import Operator, OperatorSession
from maru.operators.queries import ATTEMPTS, CREDENTIALS, SIGNED, Credentials, Signed
from maru.operators.trail import By, note
from maru_sdk.db import col, uuid7

LIFE: Final = timedelta(hours=12)
_SEEN_EVERY: Final = timedelta(minutes=1)
_MARK: Final = "maruop_"
_ALL: Final = UUID(int=0)

Kind = Literal["browser", "client"]


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A session that was just opened; the token is shown once."""

    token: str
    session_id: UUID
    username: str
    name: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Proved:
    """Whose password was right; `renewed` is a hash to take the old one's place."""

    found: Credentials
    renewed: str | None


class OperatorSessions:
    """Opens, looks up and ends the sessions of operators, as the runtime role."""

    def __init__(
        self, database: Database, passwords: Passwords, clock: Callable[[], float] = time.time
    ) -> None:
        self._database, self._passwords, self._clock = database, passwords, clock
        self._throttle = Throttle(clock)

    async def prove(self, username: str, password: str, origin: Origin) -> Proved:
        """Whose password this is; raises InvalidCredentials or TooManyAttempts."""
        key = fold(username)
        spot = (_ALL, key, origin.address or "")
        self._throttle.begin(spot)
        try:
            proved = await self._proved(spot, password, origin)
        except InvalidCredentials:
            raise
        except BaseException:  # nobody's fault, so nobody waits for it
            self._throttle.withdraw(spot)
            raise
        self._throttle.forget(spot)
        return proved

    async def _proved(self, spot: Spot, password: str, origin: Origin) -> Proved:
        """Whose password this is; a failure is written to the installation's trail."""
        _, key, _ = spot
        found = next(iter(await self._read().read(CREDENTIALS, key=key)), None)
        target = _target(found, key)
        self._throttle.check(await self._recorded(target, origin))
        stored = found.password_hash if found is not None and found.state == "active" else None
        verdict = await self._passwords.verify(stored, password)
        if not verdict.right or found is None:
            async with committing(self._database.unit(NOBODY)) as unit:
                await note(unit, "operator.login_failed", target, None, address=origin.address)
            raise InvalidCredentials
        renewed = await self._passwords.hash(password) if verdict.outdated else None
        return Proved(found, renewed)

    async def _recorded(self, target: str, origin: Origin) -> Recorded:
        since = self._now() - timedelta(seconds=WINDOW)
        address = origin.address or ""
        lines = await self._read().read(ATTEMPTS, target=target, address=address, since=since)
        return Recorded(since_success((line.succeeded, line.moment) for line in lines))

    async def enter(
        self, found: Credentials, kind: Kind, origin: Origin, *, renewed: str | None = None
    ) -> Opened:
        """Opens a session of an operator who has proved all that is asked of them."""
        now, session_id, token = self._now(), uuid7(), _MARK + secrets.token_urlsafe(32)
        row = {
            "id": session_id,
            "operator_id": found.id,
            "token_hash": _hashed(token),
            "kind": kind,
            "last_seen_at": now,
            "expires_at": now + LIFE,
            "address": origin.address,
            "agent": (origin.agent or "")[:300] or None,
        }
        changes = {"password_hash": renewed} if renewed else {}
        async with committing(self._database.unit(NOBODY)) as unit:
            await unit.db.execute(
                sa.update(Operator)
                .where(col(Operator.id) == found.id)
                .values(last_sign_in_at=now, **changes)
            )
            await unit.db.execute(sa.insert(OperatorSession), [row])
            by = By(found.username, origin.address, origin.trace)
            await note(unit, "operator.login", _target(found, ""), by)
        return Opened(token, session_id, found.username, found.name, now + LIFE)

    async def signed(self, token: str, kind: Kind) -> Signed:
        """The operator whom a token of this kind stands for; raises TokenInvalid."""
        if not token.startswith(_MARK) or len(token) > 100 or not token.isascii():
            raise TokenInvalid
        found = await self._read().read(SIGNED, token_hash=_hashed(token), kind=kind)
        if not found:
            raise TokenInvalid
        if self._now() - found[0].last_seen_at > _SEEN_EVERY:
            await self._touch(found[0].session_id, last_seen_at=self._now())
        return found[0]

    async def end(self, session_id: UUID) -> None:
        """Ends a session, everywhere at once."""
        await self._touch(session_id, ended_at=self._now())

    async def _touch(self, session_id: UUID, **values: datetime) -> None:
        async with committing(self._database.unit(NOBODY)) as unit:
            await unit.db.execute(
                sa.update(OperatorSession)
                .where(col(OperatorSession.id) == session_id)
                .values(**values)
            )

    def _read(self) -> Unit:
        return self._database.unit(NOBODY, readonly=True)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _target(found: Credentials | None, key: str) -> str:
    """How the trail names an account. An unknown name isn't kept: it may be a mistyped password."""
    if found is not None:
        return f"operator:{found.username}"
    return f"account:{hashlib.sha256(key.encode()).hexdigest()[:16]}"
