"""Signs how far a tenant's chains reach, so that nobody without the installation's secret can cut
off their end or link them anew."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from maru.crypto.keys import Keys

PURPOSE: Final = "audit-checkpoint"
_VERSION: Final = "maru audit checkpoint 1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What is signed once a day, and renewed while the day lasts; `key` is the public one."""

    tenant: UUID
    day: date
    made_at: datetime
    heads: dict[str, Any]
    key: str
    signature: str


class Signer:
    """The installation's key for checkpoints; its public half may be given to auditors."""

    def __init__(self, keys: Keys) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(keys.derive(PURPOSE))
        self.key = self._private.public_key().public_bytes_raw().hex()

    def sign(self, tenant: UUID, day: date, made_at: datetime, heads: dict[str, Any]) -> Checkpoint:
        """A checkpoint of these heads."""
        signature = self._private.sign(_said(tenant, day, made_at, heads)).hex()
        return Checkpoint(tenant, day, made_at, heads, self.key, signature)


def is_genuine(found: Checkpoint) -> bool:
    """Whether a checkpoint was signed with the key that it names."""
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(found.key))
        said = _said(found.tenant, found.day, found.made_at, found.heads)
        public.verify(bytes.fromhex(found.signature), said)
    except (InvalidSignature, ValueError):
        return False
    return True


def _said(tenant: UUID, day: date, made_at: datetime, heads: dict[str, Any]) -> bytes:
    """What is signed: JSON with sorted names, without blanks."""
    moment = made_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    told = [_VERSION, str(tenant), day.isoformat(), moment, heads]
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
