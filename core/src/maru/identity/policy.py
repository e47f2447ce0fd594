"""Which passwords are accepted: long enough, and none that guessing finds first.

No signs of every kind and no change every quarter: both make people choose worse ones. A tenant may
ask for more length, and for a change after some days where it has to.
"""

import unicodedata
from collections.abc import Awaitable, Callable, Iterator
from functools import cache
from typing import Final
from uuid import UUID

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from maru.identity.errors import WeakPassword
from maru_sdk import Settings
from maru_sdk.db import Field

SHORTEST: Final = 12
LONGEST: Final = 256
OWN_KEY: Final = "auth"
_OWN: Final = 6
"""So many characters must be left when names and what everybody guesses are taken out."""


class PasswordPolicy(Settings):
    """What a tenant asks of passwords."""

    shortest: int = Field(SHORTEST, ge=8, le=64, title="Shortest password")
    change_after_days: int | None = Field(
        None,
        ge=1,
        le=3_650,
        title="Change after days",
        description="Empty: passwords need no change as long as nobody else knows them",
    )


STRICT: Final = PasswordPolicy()
PolicyOf = Callable[[UUID], Awaitable[PasswordPolicy]]


async def usual_policy(tenant_id: UUID) -> PasswordPolicy:
    """What holds where a tenant has set nothing."""
    return STRICT


def check_password(password: str, *names: str, policy: PasswordPolicy = STRICT) -> None:
    """Raises WeakPassword for one that is too short, too long, leaked, or made of its owner's
    names."""
    if len(password) < policy.shortest:
        raise WeakPassword("TOO_SHORT", "At least {count} characters", policy.shortest)
    if len(password) > LONGEST:
        raise WeakPassword("TOO_LONG", "At most {count} characters", LONGEST)
    folded = _folded(password)
    if len(set(folded)) < 4 or any(core in leaked() for core in _cores(folded)):
        raise WeakPassword("TOO_COMMON", "This password is among those that are guessed first")
    if _without_names(folded, names) < _OWN:
        raise WeakPassword("TOO_PERSONAL", "The password must not be made of names of yours")


@cache
def leaked() -> frozenset[str]:
    """The passwords that turn up most in leaks, as zxcvbn keeps them."""
    return frozenset(FREQUENCY_LISTS["passwords"])


def _cores(folded: str) -> Iterator[str]:
    """What is left without what people put around a word, and what it repeats."""
    yield folded
    bare = folded.strip("0123456789!@#$%^&*()-_=+.,?~ ")
    yield bare
    for whole in (folded, bare):
        for size in range(1, len(whole) // 2 + 1):
            if len(whole) % size == 0 and whole == whole[:size] * (len(whole) // size):
                yield whole[:size]


def _without_names(folded: str, names: tuple[str, ...]) -> int:
    """How many characters are left without these names."""
    parts = {part for name in names for part in _folded(name).replace("@", " ").split()}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) > 1:
            folded = folded.replace(part, "")
    return len(folded)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
