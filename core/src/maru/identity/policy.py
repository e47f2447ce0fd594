"""Which passwords are accepted: long enough, and not among the first that are guessed."""

import unicodedata
from importlib.resources import files
from typing import Final

from maru.identity.errors import WeakPassword

SHORTEST: Final = 8
LONGEST: Final = 256

COMMON: Final = frozenset(
    (files("maru.identity") / "common_passwords.txt").read_text("utf-8").split()
)


def check_password(password: str, *names: str) -> None:
    """Raises WeakPassword for one that is too short, too long, common, or a name of its owner."""
    if len(password) < SHORTEST:
        raise WeakPassword("TOO_SHORT", "At least {count} characters", SHORTEST)
    if len(password) > LONGEST:
        raise WeakPassword("TOO_LONG", "At most {count} characters", LONGEST)
    folded = unicodedata.normalize("NFKC", password).casefold()
    if folded in COMMON or len(set(folded)) < 3:
        raise WeakPassword("TOO_COMMON", "This password is among those that are guessed first")
    if any(folded == name.casefold() for name in names if name):
        raise WeakPassword("TOO_COMMON", "The password must not be a name of yours")
