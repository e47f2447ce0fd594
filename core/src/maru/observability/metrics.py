"""Figures: plain dictionaries while serving, Prometheus' text when someone asks.

Every process leaves a snapshot of its figures where the others find it, and a scrape shows all of
them, each under its own `process` label: asking one process hides no other. What only grows
outlives its process: the counters and durations of those that ended are shown as one, so that a
sum over all processes never goes back.
"""

import os
import socket
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, Protocol
from uuid import uuid4

import orjson
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
STALE: Final = 60.0
Labels = tuple[str, ...]
Ask = Callable[[], float | Mapping[Labels, float]]
Kind = Literal["gauge", "counter"]


class SnapshotStore(Protocol):
    """Where the processes of one installation leave their figures."""

    async def put(self, process: str, snapshot: bytes) -> None:
        """Keeps the snapshot of a process in the place of its last one."""
        ...

    async def leave(self, process: str, snapshot: bytes) -> None:
        """Keeps the last snapshot of a process that ends."""
        ...

    async def all(self) -> Mapping[str, bytes]:
        """The snapshots of all processes, those of ended ones among them; empty where they can't
        be had."""
        ...


class Counter:
    """A figure that only grows, per combination of labels."""

    kind = "counter"

    def __init__(self, name: str, help_text: str, labels: Sequence[str] = ()) -> None:
        self.name, self.help, self.labels = name, help_text, tuple(labels)
        self.values: dict[Labels, float] = {}

    def add(self, *labels: str, by: float = 1) -> None:
        """Adds to the figure of these labels."""
        self.values[labels] = self.values.get(labels, 0) + by

    def state(self) -> list[tuple[Labels, Any]]:
        """The figures as JSON-ready data."""
        return list(self.values.items())


class Histogram:
    """How long something took, per combination of labels."""

    kind = "histogram"

    def __init__(self, name: str, help_text: str, labels: Sequence[str] = ()) -> None:
        self.name, self.help, self.labels = name, help_text, tuple(labels)
        self.values: dict[Labels, list[float]] = {}

    def observe(self, labels: Labels, seconds: float) -> None:
        """Counts one duration."""
        cells = self.values.get(labels)
        if cells is None:
            cells = self.values[labels] = [0.0] * (len(BUCKETS) + 2)
        cells[bisect_left(BUCKETS, seconds)] += 1
        cells[-1] += seconds

    def state(self) -> list[tuple[Labels, Any]]:
        """The figures as JSON-ready data: a count per bucket, then the sum."""
        return list(self.values.items())


class Asked:
    """A figure that is asked for when someone scrapes."""

    def __init__(
        self, kind: Kind, name: str, help_text: str, labels: Sequence[str], ask: Ask
    ) -> None:
        self.kind = kind
        self.name, self.help, self.labels = name, help_text, tuple(labels)
        self._ask = ask

    def state(self) -> list[tuple[Labels, Any]]:
        """The figures of this moment."""
        found = self._ask()
        return list(found.items()) if isinstance(found, Mapping) else [((), found)]


Figure = Counter | Histogram | Asked


class Metrics:
    """The figures of one process."""

    def __init__(self, service: str) -> None:
        self.service = service
        self.process = f"{service}-{os.getpid()}@{socket.gethostname()}"
        self._start = uuid4().hex
        self._figures: dict[str, Figure] = {}
        self.requests = self.histogram(
            "http_request_duration_seconds",
            "Time from a request's first byte to its answer's last.",
            ("method", "route", "status_code"),
        )
        self.portlets = self.histogram(
            "maru_portlet_seconds", "Time to load a portlet.", ("plugin",)
        )
        self.ask(
            "process_cpu_seconds_total", "Processor time used.", time.process_time, kind="counter"
        )
        self.ask("process_resident_memory_bytes", "Memory held.", resident_bytes)

    def counter(self, name: str, help_text: str, labels: Sequence[str] = ()) -> Counter:
        """A counter of this name, made at the first call."""
        kept = self._figures.setdefault(name, Counter(name, help_text, labels))
        assert isinstance(kept, Counter)
        return kept

    def histogram(self, name: str, help_text: str, labels: Sequence[str] = ()) -> Histogram:
        """A histogram of this name, made at the first call."""
        kept = self._figures.setdefault(name, Histogram(name, help_text, labels))
        assert isinstance(kept, Histogram)
        return kept

    def ask(
        self,
        name: str,
        help_text: str,
        ask: Ask,
        labels: Sequence[str] = (),
        *,
        kind: Kind = "gauge",
    ) -> None:
        """A figure to ask for: `ask` gives one number, or numbers by their labels."""
        self._figures[name] = Asked(kind, name, help_text, labels, ask)

    def snapshot(self) -> bytes:
        """All figures of this process, to be left where others find them."""
        figures = [
            {
                "name": figure.name,
                "kind": figure.kind,
                "help": figure.help,
                "labels": figure.labels,
                "values": figure.state(),
            }
            for figure in self._figures.values()
        ]
        said = {"service": self.service, "start": self._start, "at": time.time()}
        return orjson.dumps({**said, "figures": figures})

    async def publish(self, store: SnapshotStore) -> None:
        """Leaves this process's figures for the others."""
        await store.put(self.process, self.snapshot())

    async def leave(self, store: SnapshotStore) -> None:
        """Leaves them for good: the process ends."""
        await store.leave(self.process, self.snapshot())

    async def exposition(self, store: SnapshotStore | None = None) -> bytes:
        """The figures of all processes as Prometheus' text."""
        snapshots = dict(await store.all()) if store is not None else {}
        snapshots[self.process] = self.snapshot()
        return exposition(snapshots)


def ended(snapshots: Iterable[bytes]) -> bytes:
    """One snapshot of what several processes of a service have left behind: sums of all that only
    grows."""
    figures: dict[str, dict[str, Any]] = {}
    said: dict[str, Any] = {}
    for raw in snapshots:
        said = orjson.loads(raw)
        for figure in said["figures"]:
            if figure["kind"] != "gauge":
                _add_up(figures, figure)
    listed = [{**figure, "values": list(figure["values"].items())} for figure in figures.values()]
    kept = {name: said.get(name) for name in ("service", "start", "at")}
    return orjson.dumps({**kept, "ended": True, "figures": listed})


def _add_up(figures: dict[str, dict[str, Any]], figure: Mapping[str, Any]) -> None:
    sums = figures.setdefault(figure["name"], {**figure, "values": {}})
    if sums["labels"] != figure["labels"]:
        return  # another version's
    for labels, value in figure["values"]:
        key, before = tuple(labels), sums["values"].get(tuple(labels))
        if before is None:
            sums["values"][key] = value
        elif not isinstance(value, list):
            sums["values"][key] = before + value
        elif len(value) == len(before):
            sums["values"][key] = [one + two for one, two in zip(before, value, strict=True)]


def resident_bytes() -> float:
    """The memory that this process holds; 0 where the system doesn't say."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 (a path object costs more)
            return int(file.read().split()[1]) * float(os.sysconf("SC_PAGE_SIZE"))
    except OSError:
        return 0.0


class _Merged:
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = list(families)

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def exposition(snapshots: Mapping[str, bytes], now: float | None = None) -> bytes:
    """Prometheus' text of several processes' snapshots, those long out of date left out."""
    oldest = (time.time() if now is None else now) - STALE
    families: dict[str, Any] = {}
    for process, raw in sorted(snapshots.items()):
        snapshot = orjson.loads(raw)
        if snapshot["at"] >= oldest or snapshot.get("ended"):
            for figure in snapshot["figures"]:
                _add(families, process, figure)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Merged(families.values()))
    return generate_latest(registry)


def _add(families: dict[str, Any], process: str, figure: Mapping[str, Any]) -> None:
    names = [*figure["labels"], "process"]
    kind = figure["kind"]
    family = families.get(figure["name"]) or _family(kind, figure["name"], figure["help"], names)
    families[figure["name"]] = family
    if kind == "histogram" and figure["name"] == "http_request_duration_seconds":
        families.setdefault(
            "http_requests_total",
            CounterMetricFamily("http_requests_total", "Requests answered.", labels=names),
        )
    for labels, value in figure["values"]:
        _sample(families, family, [*labels, process], value)


def _sample(families: dict[str, Any], family: Metric, labels: list[str], value: Any) -> None:
    if isinstance(family, HistogramMetricFamily):
        buckets = _cumulated(value[:-1])
        family.add_metric(labels, buckets, sum_value=value[-1])
        if family.name == "http_request_duration_seconds":
            families["http_requests_total"].add_metric(labels, buckets[-1][1])
    elif isinstance(family, CounterMetricFamily | GaugeMetricFamily):
        family.add_metric(labels, value)


def _cumulated(counts: Sequence[float]) -> list[tuple[str, float]]:
    total, buckets = 0.0, []
    for bound, count in zip((*map(_bound, BUCKETS), "+Inf"), counts, strict=True):
        total += count
        buckets.append((bound, total))
    return buckets


def _bound(bound: float) -> str:
    return str(float(bound))


def _family(kind: str, name: str, help_text: str, labels: Sequence[str]) -> Metric:
    if kind == "histogram":
        return HistogramMetricFamily(name, help_text, labels=labels)
    if kind == "counter":
        return CounterMetricFamily(name, help_text, labels=labels)
    return GaugeMetricFamily(name, help_text, labels=labels)
