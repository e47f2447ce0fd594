"""The keys of one purpose that hold at the same time: one signs, the others still verify."""

from collections.abc import Sequence
from dataclasses import dataclass

from maru.crypto.keys import Keys


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """One key, as far as this process needs it; times in seconds since 1970."""

    keys: Keys
    signs_from: float
    retired_at: float


class Ring:
    """The keys that this process knows. `version` changes whenever they do."""

    def __init__(self, keys: Keys) -> None:
        self.all: Sequence[Key] = (Key(keys, float("-inf"), float("inf")),)
        self.version = 0

    def put(self, keys: Sequence[Key]) -> None:
        """Knows these from now on."""
        self.all = tuple(keys)
        self.version += 1
