"""Questions to devices: drawn at random, bound to a browser and a purpose, answered once."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from maru.identity.factors.errors import PasskeyRefused
from maru.identity.factors.models import Challenge
from maru.identity.factors.queries import FORGET_CHALLENGES, TAKE_CHALLENGE
from maru_sdk.db import uuid7

LIFE: Final = timedelta(minutes=5)
_BYTES: Final = 32

Purpose = Literal["register", "sign_in"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that waits: `id` comes back with the answer."""

    id: UUID
    value: bytes


async def ask(
    session: AsyncSession, purpose: Purpose, browser: str, now: datetime, person_id: UUID | None
) -> Asked:
    """Draws a question for one browser (whatever text binds it); old ones are forgotten."""
    await session.execute(FORGET_CHALLENGES, {"now": now})
    asked = Asked(uuid7(), secrets.token_bytes(_BYTES))
    row = {
        "id": asked.id,
        "person_id": person_id,
        "purpose": purpose,
        "value": bytes_to_base64url(asked.value),
        "browser": _mark(browser),
        "expires_at": now + LIFE,
    }
    await session.execute(sa.insert(Challenge), [row])
    return asked


async def answered(
    session: AsyncSession,
    asked: UUID,
    purpose: Purpose,
    browser: str,
    now: datetime,
    person_id: UUID | None,
) -> bytes:
    """The question that is answered, which is gone by that; PasskeyRefused where there is none."""
    values = {"id": asked, "purpose": purpose, "browser": _mark(browser), "now": now}
    found = (await session.execute(TAKE_CHALLENGE, values)).one_or_none()
    if found is None or found.person_id != person_id:
        raise PasskeyRefused
    return base64url_to_bytes(found.value)


def _mark(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()
