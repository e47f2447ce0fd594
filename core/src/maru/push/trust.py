"""How web and push know each other: by a word that only holders of the secret can say."""

import hmac
from typing import Final

from maru.crypto.keys import Keys

HEADER: Final = b"x-maru-relay"
ASK: Final = "/realtime/ask"
SOCKET: Final = "/api/v1/realtime"
EVENTS: Final = "/api/v1/realtime/events"


class Trust:
    """The word of one installation."""

    def __init__(self, keys: Keys) -> None:
        self.word = keys.derive("push and web").hex()

    def holds(self, given: bytes | None) -> bool:
        """Whether this is the word."""
        return given is not None and hmac.compare_digest(given, self.word.encode())
