"""What becomes of a refresh token that is presented: exchanged, answered again, or found stolen."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from maru.identity import queries
from maru.identity.errors import TokenExpired, TokenInvalid
from maru.identity.models import RefreshToken, Session
from maru.identity.refresh import RefreshSecret
from maru_sdk.db import col, uuid7

GRACE: Final = timedelta(seconds=10)
REFRESH_LIFE: Final = timedelta(days=7)


class Use(Enum):
    """How a presented token was used."""

    ROTATED = auto()
    REPEATED = auto()
    REUSED = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a presented token led to; `live` tells whether its session hadn't ended before."""

    use: Use
    person_id: UUID
    live: bool = True


async def present(
    session: AsyncSession, presented: RefreshSecret, child: RefreshSecret, now: datetime
) -> Outcome:
    """Uses a token up; the lock on its session makes of fifty at once one after the other.

    Raises TokenInvalid or TokenExpired where there is nothing to exchange.
    """
    family = await _family(session, presented)
    token = await _token(session, presented)
    if token.rotated_at is not None:
        repeated = family.ended_at is None and await _in_good_faith(session, token, now)
        use = Use.REPEATED if repeated else Use.REUSED
        return Outcome(use, family.person_id, live=family.ended_at is None)
    await check_alive(session, family, now)
    if token.expires_at <= now:
        raise TokenExpired
    await _exchange(session, token, child, min(now + REFRESH_LIFE, family.expires_at), now)
    return Outcome(Use.ROTATED, family.person_id)


async def check_alive(session: AsyncSession, family: Any, now: datetime) -> None:
    """Raises TokenInvalid or TokenExpired where a session is over, or its person gone."""
    if family.ended_at is not None:
        raise TokenInvalid
    if family.expires_at <= now:
        raise TokenExpired
    active = await session.scalar(queries.ACTIVE, {"person_id": family.person_id})
    if not active:
        raise TokenInvalid


async def insert_token(
    session: AsyncSession,
    secret: RefreshSecret,
    expires_at: datetime,
    parent_id: UUID | None = None,
) -> UUID:
    """Stores a token's hash."""
    token_id = uuid7()
    row = {
        "id": token_id,
        "session_id": secret.session_id,
        "token_hash": secret.hash,
        "parent_id": parent_id,
        "expires_at": expires_at,
    }
    await session.execute(sa.insert(RefreshToken), [row])
    return token_id


async def family_of(session: AsyncSession, session_id: UUID) -> Any:
    """The session's row, locked until the unit ends; raises TokenInvalid where there is none."""
    found = (await session.execute(queries.FAMILY, {"session_id": session_id})).one_or_none()
    if found is None:
        raise TokenInvalid
    return found


async def _family(session: AsyncSession, presented: RefreshSecret) -> Any:
    return await family_of(session, presented.session_id)


async def _token(session: AsyncSession, presented: RefreshSecret) -> Any:
    found = await session.execute(queries.TOKEN, {"token_hash": presented.hash})
    token = found.one_or_none()
    if token is None or token.session_id != presented.session_id:
        raise TokenInvalid
    return token


async def _in_good_faith(session: AsyncSession, token: Any, now: datetime) -> bool:
    """Two tabs or a lost answer: soon after the exchange, and while nobody has used the child."""
    if now - token.rotated_at > GRACE:
        return False
    child_used = await session.scalar(queries.ROTATED_AT, {"token_id": token.child_id})
    return child_used is None


async def _exchange(
    session: AsyncSession, token: Any, child: RefreshSecret, expires_at: datetime, now: datetime
) -> None:
    child_id = await insert_token(session, child, expires_at, token.id)
    await session.execute(
        sa.update(RefreshToken)
        .where(col(RefreshToken.id) == token.id)
        .values(rotated_at=now, child_id=child_id)
    )
    await session.execute(
        sa.update(Session).where(col(Session.id) == token.session_id).values(last_seen_at=now)
    )
