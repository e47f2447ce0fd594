"""What was seen of a day: how long each kind of request took, what went wrong, what was heard."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

_SHOWN = 20


def share(sorted_: Sequence[float], part: float) -> float:
    """The value below which this part of all lies."""
    return sorted_[min(len(sorted_) - 1, int(len(sorted_) * part))] if sorted_ else 0.0


@dataclass
class Kept:
    """Filled by all visitors."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    statuses: Counter[int] = field(default_factory=Counter)
    methods: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    fallen: list[str] = field(default_factory=list)
    told: list[float] = field(default_factory=list)
    frames: int = 0

    def asked(self, kind: str, method: str, seconds: float, status: int) -> None:
        """Count one answer."""
        self.took[kind].append(seconds)
        self.statuses[status] += 1
        if kind != "sign-in":
            self.methods[method] += 1

    def broken(self, text: str) -> None:
        """Count an answer that should not have been, or none."""
        self.faults.append(text)

    def lost(self, text: str) -> None:
        """Count a socket that could not be opened, or a room that wasn't entered."""
        self.fallen.append(text)

    @property
    def requests(self) -> int:
        return sum(map(len, self.took.values()))

    @property
    def server_errors(self) -> int:
        return sum(count for status, count in self.statuses.items() if status >= 500)

    @property
    def writes(self) -> float:
        """Which part of all requests changed something."""
        return self.methods["POST"] / max(1, sum(self.methods.values()))

    def shown_faults(self) -> list[str]:
        """Some of what went wrong."""
        return [*self.faults[:_SHOWN], *(f"socket: {text}" for text in self.fallen[:_SHOWN])]
