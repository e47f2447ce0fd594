"""What the figures were of late, and the measures that rules and charts take of them."""

import re
from collections import deque
from collections.abc import Mapping
from datetime import timedelta

from maru.alerts.rule import Measure
from maru.alerts.totals import Cells, Labels, Totals
from maru.observability.metrics import BUCKETS

KEPT = 3_900.0  # seconds: the longest `over` and a little more
QUANTILES: Mapping[Measure, float] = {"p50": 0.50, "p95": 0.95, "p99": 0.99}

Where = Mapping[str, str]
Growth = Mapping[Labels, Cells]


class History:
    """The totals of the last hour."""

    def __init__(self) -> None:
        self._kept: deque[Totals] = deque()

    def add(self, totals: Totals) -> None:
        """Keep these. A clock that was set back begins anew."""
        if self._kept and totals.at <= self._kept[-1].at:
            self._kept.clear()
        self._kept.append(totals)
        while self._kept[0].at < totals.at - KEPT:
            self._kept.popleft()

    @property
    def last(self) -> Totals | None:
        """The latest totals."""
        return self._kept[-1] if self._kept else None

    def measure(
        self,
        metric: str,
        measure: Measure,
        over: timedelta,
        where: Where | None = None,
        of: str | None = None,
    ) -> float | None:
        """The measure of a metric, None where the figures don't give it (see `Rule`)."""
        if self.last is None:
            return None
        matches = where or {}
        if measure in ("sum", "max", "min"):
            return self._present(metric, measure, matches)
        if measure == "share" and of is not None:
            return self._quotient(metric, of)
        growth, seconds = self.growth(metric, over)
        if growth is None:
            return None
        if measure == "share":
            return share(growth, matches)
        found = _summed({labels: one for labels, one in growth.items() if _fits(labels, matches)})
        if measure in QUANTILES:
            return quantile(found, QUANTILES[measure])
        count = _count(found)
        return count if measure == "increase" else count / max(seconds, 1.0)

    def growth(self, metric: str, over: timedelta) -> tuple[Growth | None, float]:
        """By how much each series of a metric has grown, and in how many seconds."""
        last, first = self._kept[-1], self._since(over)
        if metric not in last.grown:
            return None, 0.0
        before = first.grown.get(metric, {})
        grown = {
            labels: _since_then(cells, before.get(labels))
            for labels, cells in last.grown[metric].items()
        }
        return grown, last.at - first.at

    def _since(self, over: timedelta) -> Totals:
        oldest = self._kept[-1].at - over.total_seconds()
        return next(one for one in self._kept if one.at >= oldest)

    def _present(self, metric: str, measure: Measure, where: Where) -> float | None:
        assert self.last is not None
        values = [v for labels, v in self.last.gauges.get(metric, ()) if _fits(labels, where)]
        if not values:
            return None
        return max(values) if measure == "max" else min(values) if measure == "min" else sum(values)

    def _quotient(self, metric: str, of: str) -> float | None:
        assert self.last is not None
        wholes = dict(self.last.gauges.get(of, ()))
        shares = [
            part / whole
            for labels, part in self.last.gauges.get(metric, ())
            if (whole := wholes.get(labels))
        ]
        return max(shares, default=None)


def quantile(cells: Cells, part: float) -> float | None:
    """A quantile of a histogram's cells, between its bounds as Prometheus reckons it."""
    counts = cells[:-1]
    total = sum(counts)
    if len(counts) < 2 or total <= 0:
        return None
    rank, below, lower = part * total, 0.0, 0.0
    for bound, count in zip(BUCKETS, counts, strict=False):
        if count and below + count >= rank:
            return lower + (bound - lower) * (rank - below) / count
        below, lower = below + count, bound
    return BUCKETS[-1]


def share(growth: Growth, where: Where) -> float | None:
    """What part of the growth matches; None where nothing has grown."""
    total = _count(_summed(growth))
    some = _count(_summed({labels: one for labels, one in growth.items() if _fits(labels, where)}))
    return some / total if total > 0 else None


def _since_then(cells: Cells, before: Cells | None) -> Cells:
    """What was added; all of it where the buckets were others, as after an upgrade."""
    if before is None or len(before) != len(cells):
        return cells
    return tuple(a - b for a, b in zip(cells, before, strict=True))


def _fits(labels: Labels, where: Where) -> bool:
    named = dict(labels)
    return all(re.fullmatch(pattern, named.get(name, "")) for name, pattern in where.items())


def _summed(growth: Growth) -> Cells:
    most = max(map(len, growth.values()), default=0)
    cells = [one for one in growth.values() if len(one) == most]
    return tuple(map(sum, zip(*cells, strict=True))) if cells else (0.0,)


def _count(cells: Cells) -> float:
    return cells[0] if len(cells) == 1 else sum(cells[:-1])
