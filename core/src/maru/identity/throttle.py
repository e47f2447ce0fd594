"""Slows guessing down without ever locking anybody out.

Failures are counted for an account *from an address*, so a stranger's guesses hold up nobody who
signs in from elsewhere. The count stands in the audit trail, where failed sign-ins are written
anyway; what this process saw itself is remembered, so that a burst doesn't reach the database.
An address that guesses at many accounts is slowed down as a whole, and so is everybody who guesses
at one account from many addresses; neither holds up a person at an address or with a device of
theirs.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar
from uuid import UUID

from maru.identity.errors import TooManyAttempts

WINDOW: Final = 3_600.0
FREE: Final = 5
LONGEST_WAIT: Final = 900.0
FIRST_WAIT: Final = 30.0
ADDRESS_FREE: Final = 100
ADDRESS_WAIT: Final = 2.0
ACCOUNT_FREE: Final = 20
ACCOUNT_WAIT: Final = 180.0
_REMEMBERED: Final = 50_000

Spot = tuple[UUID, str, str]
K = TypeVar("K")


def wait_after(failures: Sequence[float], now: float) -> float:
    """How long an account must wait at an address, given the times of its failures there."""
    recent = [moment for moment in failures if moment > now - WINDOW]
    if len(recent) < FREE:
        return 0.0
    step: float = min(FIRST_WAIT * 2 ** min(len(recent) - FREE, 10), LONGEST_WAIT)
    return max(0.0, max(recent) + step - now)


def address_wait(failures: int, last: float, now: float) -> float:
    """How long an unknown account must wait at an address with so many failures."""
    return 0.0 if failures < ADDRESS_FREE else max(0.0, last + ADDRESS_WAIT - now)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the database tells of an account at an address."""

    failures: Sequence[float] = ()
    address_failures: int = 0
    address_last: float = 0.0
    known_here: bool = False
    account_failures: int = 0


@dataclass
class Throttle:
    """The attempts that this process has seen; one that is under way counts as failed."""

    clock: Callable[[], float]
    _seen: OrderedDict[Spot, list[float]] = field(default_factory=OrderedDict)
    _accounts: OrderedDict[tuple[UUID, str], list[float]] = field(default_factory=OrderedDict)

    def begin(self, spot: Spot) -> None:
        """Refuses an attempt that comes too early, else counts it; raises TooManyAttempts."""
        now = self.clock()
        _refuse(wait_after(self._seen.get(spot, ()), now))
        _remember(self._seen, spot, now)
        _remember(self._accounts, spot[:2], now)

    def check(self, spot: Spot, recorded: Recorded) -> None:
        """Refuses what other processes have seen too much of; raises TooManyAttempts."""
        now = self.clock()
        _refuse(wait_after(recorded.failures, now))
        if recorded.known_here:
            return
        _refuse(address_wait(recorded.address_failures, recorded.address_last, now))
        here = self._accounts.get(spot[:2], [])
        here[:] = [moment for moment in here if moment > now - WINDOW]
        guesses = max(recorded.account_failures, len(here) - 1)  # this one is among them
        _refuse(ACCOUNT_WAIT if guesses >= ACCOUNT_FREE else 0.0)

    def withdraw(self, spot: Spot) -> None:
        """The attempt was refused before its password was looked at."""
        for moments in (self._seen.get(spot), self._accounts.get(spot[:2])):
            if moments:
                moments.pop()

    def forget(self, spot: Spot) -> None:
        """The attempt succeeded: this account begins anew at this address."""
        here = len(self._seen.pop(spot, ()))
        guessed = self._accounts.get(spot[:2], [])
        del guessed[len(guessed) - min(here, len(guessed)) :]


def since_success(lines: Iterable[tuple[bool, float]]) -> list[float]:
    """The times of the failures after the last success, from (succeeded, moment), newest first."""
    failures: list[float] = []
    for succeeded, moment in lines:
        if succeeded:
            break
        failures.append(moment)
    return failures


def _remember(seen: OrderedDict[K, list[float]], key: K, now: float) -> None:
    seen.setdefault(key, []).append(now)
    seen.move_to_end(key)
    while len(seen) > _REMEMBERED:
        seen.popitem(last=False)


def _refuse(seconds: float) -> None:
    if seconds > 0:
        raise TooManyAttempts(after=max(1.0, seconds))
