"""Questions to devices: drawn at random, signed for one person, purpose and browser, answered once.

A question that nobody answers leaves nothing behind; the mark of an answered one is kept until it
would be over anyhow.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from maru.crypto.keys import Keys
from maru.db.unit import Unit
from maru.identity.errors import NotSignedIn
from maru.identity.factors.errors import PasskeyRefused
from maru.identity.factors.models import SpentChallenge
from maru.identity.factors.queries import FORGET_CHALLENGES
from maru.identity.tokens import TokenKind
from maru_sdk.db import col, uuid7

LIFE: Final = 300
TYPE: Final = "maru-challenge+jwt"
_BYTES: Final = 32

Purpose = Literal["register", "sign_in"]


@dataclass(frozen=True, slots=True)
class Spot:
    """Whom a question is for: a tenant's person (None for whoever answers), at one browser."""

    tenant_id: UUID
    purpose: Purpose
    browser: str
    person_id: UUID | None = None

    def claims(self) -> dict[str, str | None]:
        """The same in a signed text."""
        return {
            "aud": str(self.tenant_id),
            "sub": None if self.person_id is None else str(self.person_id),
            "purpose": self.purpose,
            "browser": hashlib.sha256(self.browser.encode()).hexdigest(),
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: `value` goes to the device, `token` comes back beside the answer."""

    value: bytes
    token: str


class Challenges:
    """Asks and takes answers, in every process alike."""

    def __init__(self, keys: Keys, clock: Callable[[], float]) -> None:
        self._kind = TokenKind(keys, TYPE, clock)
        self._clock = clock

    def ask(self, spot: Spot) -> Asked:
        """A new question."""
        value = secrets.token_bytes(_BYTES)
        said = {"value": bytes_to_base64url(value), "exp": int(self._clock()) + LIFE}
        return Asked(value, self._kind.sign({**spot.claims(), **said}))

    async def answered(self, unit: Unit, token: str, spot: Spot) -> bytes:
        """What was asked; PasskeyRefused where it wasn't, not here, too long ago, or twice."""
        try:
            claims = self._kind.claims(token)
        except NotSignedIn as error:
            raise PasskeyRefused from error
        if not spot.claims().items() <= claims.items():
            raise PasskeyRefused
        value = base64url_to_bytes(claims["value"])
        ends = datetime.fromtimestamp(claims["exp"], UTC)
        await spend(unit, value, ends, self._clock())
        return value


async def spend(unit: Unit, value: bytes, expires_at: datetime, now: float) -> None:
    """Uses something up that is good once until then, in the unit's tenant; raises PasskeyRefused
    where it was used before."""
    session = await unit.session()
    await session.execute(FORGET_CHALLENGES, {"now": datetime.fromtimestamp(now, UTC)})
    row = {"id": uuid7(), "mark": hashlib.sha256(value).hexdigest(), "expires_at": expires_at}
    spent = await session.scalar(
        insert(SpentChallenge)
        .values(row)
        .on_conflict_do_nothing()
        .returning(col(SpentChallenge.id))
    )
    if spent is None:
        raise PasskeyRefused
