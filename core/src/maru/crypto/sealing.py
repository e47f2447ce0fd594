"""AES-256-GCM over texts: what a sealed text looks like, and what it is bound to.

A sealed text is `maru1.<key id>.<nonce and ciphertext>`. It opens only with the key that it names
and the `about` it was sealed for: one that was moved to another row, column or tenant, or changed
by a bit, is refused and never comes back as garbage.
"""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from maru_sdk import SystemFault

FORM = "maru1"
NONCE = 12
KEY = 32


class SecretUnreadable(SystemFault):
    """A sealed text doesn't open: changed, moved, or its key is not here."""

    code = "SECRET_UNREADABLE"
    message = "A stored secret can't be read: {problem}"


class NoSuchKey(SecretUnreadable):
    """The text names a key that the tenant hasn't (any more, or not here)."""


@dataclass(frozen=True, slots=True, repr=False)
class Sealed:
    """A sealed text in its parts."""

    key: UUID
    body: bytes

    @classmethod
    def read(cls, text: str) -> "Sealed":
        """Its parts; SecretUnreadable for what was never sealed."""
        try:
            form, key, body = text.split(".")
            if form != FORM:
                raise ValueError(form)
            return cls(UUID(hex=key), decoded(body))
        except (ValueError, NotBase64):
            raise SecretUnreadable(problem="it was not sealed by Maru") from None

    def write(self) -> str:
        """The text to store."""
        return f"{FORM}.{self.key.hex}.{encoded(self.body)}"


def encrypt(key: bytes, plain: bytes, bound: bytes) -> bytes:
    """A random nonce and the ciphertext."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound)


def decrypt(key: bytes, body: bytes, bound: bytes) -> bytes:
    """The plain bytes; SecretUnreadable where anything differs."""
    if len(body) < NONCE + 16:
        raise SecretUnreadable(problem="it is cut off")
    try:
        return AESGCM(key).decrypt(body[:NONCE], body[NONCE:], bound)
    except InvalidTag:
        problem = "it was changed, or belongs to another place"
        raise SecretUnreadable(problem=problem) from None


@dataclass(frozen=True, slots=True)
class Ring:
    """The data keys of one tenant: seals under the active one, opens with any."""

    tenant: UUID
    active: UUID
    keys: Mapping[UUID, bytes] = field(repr=False)

    def seal(self, text: str, about: str) -> str:
        """The text, sealed for the place that `about` names."""
        key = self.keys[self.active]
        body = encrypt(key, text.encode("utf-8", "surrogatepass"), self._bound(about))
        return Sealed(self.active, body).write()

    def open(self, sealed: str, about: str) -> str:
        """The text; SecretUnreadable where it wasn't sealed for this tenant and place."""
        parts = Sealed.read(sealed)
        key = self.keys.get(parts.key)
        if key is None:
            raise NoSuchKey(problem="its key is not one of this tenant's")
        plain = decrypt(key, parts.body, self._bound(about))
        return plain.decode("utf-8", "surrogatepass")

    def _bound(self, about: str) -> bytes:
        return b"maru/sealed/1\0" + self.tenant.bytes + about.encode()


def encoded(plain: bytes) -> str:
    """Bytes as a text column holds them."""
    return urlsafe_b64encode(plain).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes of such a column."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
