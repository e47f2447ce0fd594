"""What a task may not carry openly: passwords become hashes, passphrases are sealed until the
scheduler needs them."""

import base64
import secrets
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from maru.crypto.keys import Keys
from maru.crypto.passwords import Passwords
from maru.identity.policy import check_password
from maru.operators.schemas import FirstAdmin

_PURPOSE: Final = "operator-task"
_NONCE: Final = 12


@dataclass(frozen=True, slots=True)
class Errand:
    """Readies for a task what is secret in it."""

    keys: Keys
    passwords: Passwords

    async def hashed(self, admin: FirstAdmin) -> dict[str, Any]:
        """A tenant's first administrator, with the hash of the password; raises WeakPassword."""
        check_password(admin.password, admin.username)
        hashed = await self.passwords.hash(admin.password)
        return {**admin.model_dump(exclude={"password"}), "password_hash": hashed}

    def seal(self, text: str) -> str:
        """A text that `opened` gives back, in any process of this installation."""
        nonce = secrets.token_bytes(_NONCE)
        return base64.b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), None)).decode()

    def opened(self, sealed: str) -> str:
        """The text that was sealed."""
        raw = base64.b64decode(sealed)
        return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], None).decode()

    @property
    def _cipher(self) -> AESGCM:
        return AESGCM(self.keys.derive(_PURPOSE))
