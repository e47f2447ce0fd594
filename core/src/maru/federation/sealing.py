"""Texts that only this installation can read, each bound to its tenant and to what it is for."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from maru.crypto.keys import Keys

_NONCE: Final = 12


class SealBroken(ValueError):
    """The text was sealed elsewhere, for something else, or altered."""


class Sealing(Protocol):
    """Seals texts under a tenant's key."""

    async def seal(self, tenant_id: UUID, text: str, about: str) -> str: ...
    async def open(self, tenant_id: UUID, sealed: str, about: str) -> str: ...


class KeySealing:
    """Sealing by keys that come of the installation's secret."""

    def __init__(self, keys: Keys, nonce: "Nonce") -> None:
        self._keys, self._nonce = keys, nonce

    async def seal(self, tenant_id: UUID, text: str, about: str) -> str:
        """The sealed text, fit for a column, a cookie or an address."""
        nonce = self._nonce(_NONCE)
        sealed = self._cipher(tenant_id).encrypt(nonce, text.encode(), about.encode())
        return urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    async def open(self, tenant_id: UUID, sealed: str, about: str) -> str:
        """The text again; raises SealBroken."""
        try:
            raw = urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
            text = self._cipher(tenant_id).decrypt(raw[:_NONCE], raw[_NONCE:], about.encode())
            return text.decode()
        except (InvalidTag, ValueError) as error:
            raise SealBroken(about) from error

    def _cipher(self, tenant_id: UUID) -> AESGCM:
        return AESGCM(self._keys.derive(f"federation/{tenant_id}"))


class Nonce(Protocol):
    """Draws so many bytes (`secrets.token_bytes`)."""

    def __call__(self, count: int, /) -> bytes: ...
