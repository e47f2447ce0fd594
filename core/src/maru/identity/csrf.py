"""Proof that an unsafe request comes from one of our own pages.

The token is an HMAC over the browser's session, so it is good for that session alone; a nonce in
front makes it differ on every page, which leaves compression nothing to guess at. Before anybody
is signed in, a visitor's cookie takes the session's place (double submit).
"""

import base64
import hmac
import secrets
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from maru.crypto.keys import Keys

_NONCE: Final = 12
_PROOF: Final = 24
_SAME: Final = ("same-origin", "none")


class Csrf:
    """Makes and checks the tokens of `<meta name="csrf-token">`, `X-CSRF-Token` and `_csrf`."""

    def __init__(self, keys: Keys) -> None:
        self._key = keys.derive("csrf")

    def token(self, bound_to: str) -> str:
        """A token for the session with this id (as text), or for a visitor's cookie."""
        nonce = secrets.token_bytes(_NONCE)
        return base64.urlsafe_b64encode(nonce + self._proof(nonce, bound_to)).decode()

    def fits(self, token: str, bound_to: str) -> bool:
        """Whether this is a token of ours for that session or visitor."""
        try:
            raw = base64.urlsafe_b64decode(token.encode())
        except ValueError:
            return False
        nonce, proof = raw[:_NONCE], raw[_NONCE:]
        return hmac.compare_digest(proof, self._proof(nonce, bound_to))

    def _proof(self, nonce: bytes, bound_to: str) -> bytes:
        return hmac.digest(self._key, nonce + bound_to.encode(), "sha256")[:_PROOF]


def new_visitor() -> str:
    """The value of the cookie that stands for a visitor who isn't signed in."""
    return secrets.token_urlsafe(18)


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that our own page sent this; header names in lower case.

    Sibling tenants are the same *site*, so only the same *origin* counts. A browser too old for
    Sec-Fetch-Site is judged by Origin; one that sends neither is left to the token.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in _SAME
    origin = headers.get("origin")
    return origin is None or _authority(origin) == headers.get("host", "").lower()


def _authority(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""
