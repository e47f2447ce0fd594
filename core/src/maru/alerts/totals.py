"""The figures of all processes as one: sums that never go backwards, and gauges side by side.

A process leaves its counters since its own start. They are added up by what they grew, so that one
that ended keeps its part and one that began anew doesn't take any away.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from maru.observability.metrics import STALE

PROCESS = "process"
Labels = tuple[tuple[str, str], ...]
Cells = tuple[float, ...]
"""What a series holds: one number, or a histogram's counts per bucket and the sum."""

REQUESTS = "http_request_duration_seconds"


@dataclass(frozen=True)
class Totals:
    """All figures at one moment: what grows, summed, and what is, of each process."""

    at: float
    grown: Mapping[str, Mapping[Labels, Cells]]
    gauges: Mapping[str, tuple[tuple[Labels, float], ...]]

    def names(self) -> frozenset[str]:
        """Every figure that any process shows."""
        return frozenset(self.grown) | frozenset(self.gauges)


@dataclass
class Sum:
    """Adds up snapshots, over and over."""

    _last: dict[tuple[str, str, Labels], Cells] = field(default_factory=dict)
    _grown: dict[str, dict[Labels, Cells]] = field(default_factory=dict)

    def add(self, snapshots: Mapping[str, bytes], now: float) -> Totals:
        """The figures at `now` (Unix time), from the processes' latest snapshots."""
        gauges: dict[str, list[tuple[Labels, float]]] = {}
        seen: set[str] = set()
        for process, raw in snapshots.items():
            snapshot = orjson.loads(raw)
            if snapshot["at"] < now - STALE or snapshot.get("ended"):
                continue  # what ended processes counted has been added while they lived
            seen.add(process)
            for name, kind, labels, value in _series(snapshot):
                if kind == "gauge":
                    gauges.setdefault(name, []).append(((*labels, (PROCESS, process)), value))
                else:
                    self._grow(process, name, labels, _cells(value))
        self._forget(seen)
        grown = {name: dict(series) for name, series in self._grown.items()}
        return Totals(now, grown, {name: tuple(found) for name, found in gauges.items()})

    def _grow(self, process: str, name: str, labels: Labels, cells: Cells) -> None:
        before = self._last.get((process, name, labels))
        self._last[(process, name, labels)] = cells
        series = self._grown.setdefault(name, {})
        grown = cells if before is None or _restarted(before, cells) else _minus(cells, before)
        series[labels] = _plus(series[labels], grown) if labels in series else grown

    def _forget(self, seen: set[str]) -> None:
        """What an ended process counted stays in the sum; what it said last isn't needed."""
        for key in [key for key in self._last if key[0] not in seen]:
            del self._last[key]


def _series(snapshot: Mapping[str, Any]) -> Iterator[tuple[str, str, Labels, Any]]:
    for figure in snapshot["figures"]:
        for values, value in figure["values"]:
            labels = tuple(zip(figure["labels"], map(str, values), strict=True))
            yield figure["name"], figure["kind"], labels, value


def _cells(value: Any) -> Cells:
    return tuple(value) if isinstance(value, list) else (float(value),)


def _restarted(before: Cells, after: Cells) -> bool:
    """Whether a process of this number began anew, or speaks of other buckets."""
    return len(after) != len(before) or any(
        new < old for new, old in zip(after, before, strict=True)
    )


def _plus(one: Cells, other: Cells) -> Cells:
    if len(one) != len(other):
        return other
    return tuple(a + b for a, b in zip(one, other, strict=True))


def _minus(one: Cells, other: Cells) -> Cells:
    return tuple(a - b for a, b in zip(one, other, strict=True))
