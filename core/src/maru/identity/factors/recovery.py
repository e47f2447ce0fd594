"""Codes on paper, for the day on which the phone is gone."""

import hmac
import secrets
from typing import Final
from uuid import UUID

from maru.crypto.keys import Keys

COUNT: Final = 10
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is misread on paper
_HALF: Final = 5
PURPOSE: Final = "recovery codes"


def drawn() -> list[str]:
    """Ten codes such as `k7m2q-x94tr`; each has 49 bits."""
    return [f"{_letters()}-{_letters()}" for _ in range(COUNT)]


def hashed(keys: Keys, person_id: UUID, code: str) -> str:
    """What is kept of a code. Case, blanks and the dash don't matter."""
    typed = "".join(letter for letter in code.casefold() if letter.isalnum())
    said = f"{person_id}:{typed}".encode("utf-8", "replace")
    return hmac.digest(keys.derive(PURPOSE), said, "sha256").hex()


def _letters() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_HALF))
