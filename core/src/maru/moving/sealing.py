"""The keys of an archive: what it is signed with, and what a tenant's own keys travel under."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from maru.crypto.keys import Keys
from maru.moving.errors import ArchiveForeign

_PURPOSE: Final = "tenant-archive"
_COST: Final = 2**15
_SALT: Final = 16


@dataclass(frozen=True, slots=True)
class ArchiveKey:
    """The installation's own keys, or those that a passphrase makes (`salt` stands beside it)."""

    keys: Keys
    salt: str | None = None

    @classmethod
    def of(cls, keys: Keys, passphrase: str | None, salt: str | None = None) -> "ArchiveKey":
        """The keys of a new archive, or of one with this salt. Takes long with a passphrase."""
        if passphrase is None:
            return cls(keys)
        salt = salt or secrets.token_hex(_SALT)
        made = hashlib.scrypt(
            passphrase.encode(),
            salt=bytes.fromhex(salt),
            n=_COST,
            r=8,
            p=1,
            maxmem=2 * 128 * _COST * 8,
            dklen=32,
        )
        return cls(Keys(made), salt)

    def sign(self, content: bytes) -> str:
        """The signature of a manifest."""
        return hmac.new(self.keys.derive(_PURPOSE), content, "sha256").hexdigest()

    def check(self, content: bytes, signature: str) -> None:
        """Raises ArchiveForeign where this key didn't sign that."""
        if not hmac.compare_digest(self.sign(content), signature):
            raise ArchiveForeign
