"""One secret, many keys: each purpose has a key of its own, so that what was signed for one place
is worthless in another."""

import hmac
import os
import secrets
from pathlib import Path

SECRET_FILE = "secret.key"  # noqa: S105 (a name, no secret)
_SALT = b"maru/keys/1/"


class Keys:
    """Derives keys from the installation's secret; the same secret gives the same keys."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < 32:
            raise ValueError("the secret must have 32 bytes or more")
        self._secret = secret

    @classmethod
    def open(cls, secret_key: str, data: Path) -> "Keys":
        """The keys of `MARU_SECRET_KEY`, else of a secret drawn once and kept in the data
        folder."""
        return cls(secret_key.encode() if secret_key else _kept(data / SECRET_FILE))

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose (`"access-token"`)."""
        return hmac.digest(self._secret, _SALT + purpose.encode(), "sha256")

    def name(self, purpose: str) -> str:
        """A short public name of that key, which says nothing about it."""
        return hmac.digest(self.derive(purpose), b"name", "sha256")[:6].hex()


def _kept(path: Path) -> bytes:
    """The secret in this file; several processes may ask at once for one that isn't there yet."""
    if not path.exists():
        _draw(path)
    return path.read_bytes()


def _draw(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(32).encode())
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)  # whole or not at all, and never over another's
    except FileExistsError:
        pass
    finally:
        draft.unlink()
