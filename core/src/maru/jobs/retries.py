"""What becomes of a job whose run failed: again later, or never."""

import random
from dataclasses import dataclass
from datetime import timedelta

from maru.jobs.faults import Kind, fault_of
from maru_sdk import MaruError

TRIES_OF_UNKNOWN = 3
LONGEST_TEXT = 2_000
PATIENCE = timedelta(days=1)


@dataclass(frozen=True)
class Backoff:
    """Seconds between tries: `first`, doubled each time up to `longest`, each ± a quarter."""

    first: float = 5.0
    longest: float = 3_600.0

    def after(self, tries: int) -> float:
        seconds = min(self.first * 2 ** min(tries - 1, 30), self.longest)
        return float(seconds * random.uniform(0.75, 1.25))  # noqa: S311


@dataclass(frozen=True)
class Verdict:
    """`again` in seconds, None for never; whether this run counts as a try."""

    again: float | None
    counts: bool = True


def judge(error: Exception, tries: int, most: int, age: timedelta, backoff: Backoff) -> Verdict:
    """Decide after a failed run; `tries` includes it.

    A limit that somebody else sets isn't the job's fault: for a day it costs no try. It is never
    tried again at once: who allows that at each try would keep a worker busy.
    """
    fault = fault_of(error)
    if fault.kind is Kind.LIMITED and age < PATIENCE:
        return Verdict(max(fault.after, min(backoff.first, 1.0)), counts=False)
    if fault.kind is Kind.FINAL:
        return Verdict(None)
    if fault.kind is Kind.UNKNOWN:
        most = min(most, TRIES_OF_UNKNOWN)
    return Verdict(None if tries >= most else max(backoff.after(tries), fault.after))


def tell(error: BaseException) -> str:
    """The error as it is kept with the job."""
    name = error.code if isinstance(error, MaruError) else type(error).__name__
    return storable(f"{name}: {error}".rstrip(": "))[:LONGEST_TEXT]


def storable(text: str) -> str:
    """Text that PostgreSQL takes: no NUL, no half of a surrogate pair."""
    return text.replace("\x00", "�").encode("utf-8", "replace").decode()
