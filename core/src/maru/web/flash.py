"""What an action says on the next page: a short-lived signed cookie, read once."""

import base64
import hmac
from typing import Final

import orjson

from maru.crypto.keys import Keys
from maru.web.shell import Notice

_LIFE: Final = 60
_LONGEST: Final = 1_000


class Flash:
    """Writes and reads the cookie."""

    def __init__(self, keys: Keys) -> None:
        self._key = keys.derive("flash")

    def write(self, name: str, message: str, tone: str, *, secure: bool) -> str:
        """The `Set-Cookie` value that carries a message to the next page."""
        body = base64.urlsafe_b64encode(orjson.dumps([message[:_LONGEST], tone])).decode()
        attributes = _attributes(_LIFE, secure=secure)
        return f"{name}={body}.{self._proof(body)}; {attributes}"

    def read(self, value: str) -> Notice | None:
        """The message of a cookie; None where it isn't one of ours."""
        body, _, proof = value.rpartition(".")
        if not hmac.compare_digest(proof.encode(), self._proof(body).encode()):
            return None
        text, tone = orjson.loads(base64.urlsafe_b64decode(body))
        return Notice(text, tone)

    @staticmethod
    def clear(name: str, *, secure: bool) -> str:
        """The `Set-Cookie` value that takes the message away."""
        return f"{name}=; {_attributes(0, secure=secure)}"

    def _proof(self, body: str) -> str:
        return hmac.digest(self._key, body.encode(), "sha256")[:16].hex()


def _attributes(life: int, *, secure: bool) -> str:
    ending = "; Secure" if secure else ""
    return f"Max-Age={life}; Path=/; HttpOnly; SameSite=Lax{ending}"
