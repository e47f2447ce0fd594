"""Refresh tokens: opaque to everyone, worth something only beside the database.

A token names its tenant and its session; the rest is a secret of which the database keeps the hash
alone. A child's secret follows from its parent's under a key of ours, so whoever presents a parent
twice in good faith gets the same child, though no token is stored anywhere.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from maru.crypto.keys import Keys
from maru.identity.errors import TokenInvalid

PREFIX: Final = "maru_rt_"
_SECRET: Final = 32
_LENGTH: Final = 16 + 16 + _SECRET


@dataclass(frozen=True, slots=True, repr=False)
class RefreshSecret:
    """A refresh token taken apart."""

    tenant_id: UUID
    session_id: UUID
    secret: bytes

    @classmethod
    def new(cls, tenant_id: UUID, session_id: UUID) -> "RefreshSecret":
        """The first of a family."""
        return cls(tenant_id, session_id, secrets.token_bytes(_SECRET))

    @classmethod
    def parse(cls, token: str) -> "RefreshSecret":
        """Takes a token apart; raises TokenInvalid for what can't be one of ours."""
        try:
            raw = base64.b64decode(token.removeprefix(PREFIX).encode() + b"==", b"-_", True)
        except ValueError as error:
            raise TokenInvalid from error
        if len(raw) != _LENGTH or not token.startswith(PREFIX):
            raise TokenInvalid
        return cls(UUID(bytes=raw[:16]), UUID(bytes=raw[16:32]), raw[32:])

    def child(self, key: bytes) -> "RefreshSecret":
        """The token that takes this one's place; the same however often it is asked for."""
        secret = hmac.digest(key, self.session_id.bytes + self.secret, "sha256")
        return RefreshSecret(self.tenant_id, self.session_id, secret)

    @property
    def hash(self) -> str:
        """What the database knows of it."""
        return hashlib.sha256(self.secret).hexdigest()

    def __str__(self) -> str:
        raw = self.tenant_id.bytes + self.session_id.bytes + self.secret
        return PREFIX + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def rotation_key(keys: Keys) -> bytes:
    """The key under which children follow from parents."""
    return keys.derive("refresh-rotation")
