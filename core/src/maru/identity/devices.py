"""Browsers that are known again: a signed name for one person's use of one browser.

It signs nobody in. It keeps a stranger's guesses from holding up the owner, and lets people see
whether a sign-in came from a browser of theirs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from maru.identity.errors import TokenExpired, TokenInvalid
from maru.identity.tokens import TokenKind, ids
from maru_sdk.db import uuid7

DEVICE_TYPE: Final = "maru-device+jwt"
DEVICE_LIFE: Final = 365 * 86_400


@dataclass(frozen=True, slots=True, repr=False)
class Device:
    """A browser of a person; `value` is its cookie, `new` whether it was named just now."""

    id: UUID
    value: str
    new: bool


class Devices:
    """Names browsers and reads their names."""

    def __init__(self, kind: TokenKind, clock: Callable[[], float]) -> None:
        self._kind = kind
        self._clock = clock

    def read(self, tenant_id: UUID, person_id: UUID, value: str) -> UUID | None:
        """Which browser of this person shows this; None for any other's and for rubbish."""
        try:
            claims = self._kind.claims(value)
            tenant, person, device = ids(claims, "aud", "sub", "dev")
        except (TokenExpired, TokenInvalid):
            return None
        return device if (tenant, person) == (tenant_id, person_id) else None

    def named(self, tenant_id: UUID, person_id: UUID, value: str | None) -> Device:
        """The browser that shows `value`, with a name from now on where it had none."""
        known = self.read(tenant_id, person_id, value) if value else None
        device_id = known or uuid7()
        told = {
            "aud": str(tenant_id),
            "sub": str(person_id),
            "dev": str(device_id),
            "exp": int(self._clock()) + DEVICE_LIFE,
        }
        return Device(device_id, self._kind.sign(told), new=known is None)
