"""Figures that every process shows of its parts: cache, connections, statements."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial

from maru.cache import Cache
from maru.db.database import Database
from maru.observability.log import journal_of_process
from maru.observability.metrics import Metrics
from maru.observability.tracing import Tracing


def show_parts(metrics: Metrics, database: Database, cache: Cache, tracing: Tracing | None) -> None:
    """Has a process's figures tell of its cache and its database."""
    _show_cache(metrics, cache)
    metrics.ask("maru_db_pool_size", "Connections allowed.", lambda: database.status().size)
    metrics.ask("maru_db_pool_in_use", "Connections at work.", lambda: database.status().in_use)
    metrics.ask(
        "maru_log_dropped_total",
        "Log lines that could not be written.",
        lambda: 0 if (journal := journal_of_process()) is None else journal.dropped,
        kind="counter",
    )
    metrics.ask(
        "maru_trace_spans_dropped_total",
        "Spans that no collector took.",
        lambda: 0 if tracing is None else tracing.lost,
        kind="counter",
    )


def _show_cache(metrics: Metrics, cache: Cache) -> None:
    for name, told, counts in (
        ("hits", "Answers that were kept.", cache.hits),
        ("misses", "Answers that had to be made.", cache.misses),
        ("refreshed", "Answers made anew beforehand, nobody waiting.", cache.refreshed),
    ):
        whole, parts = f"maru_cache_{name}_total", f"maru_cache_pattern_{name}_total"
        metrics.ask(whole, told, partial(_by_plugin, counts), ("plugin",), kind="counter")
        by_pattern = partial(_by_pattern, counts)
        metrics.ask(parts, told, by_pattern, ("plugin", "pattern"), kind="counter")
    metrics.ask("maru_cache_bytes", "What is kept in the process.", lambda: cache.memory.size)


def _by_plugin(counts: Mapping[tuple[str, str], int]) -> dict[tuple[str, ...], float]:
    found: Counter[tuple[str, ...]] = Counter()
    for (plugin, _), count in counts.items():
        found[plugin,] += count
    return {labels: float(count) for labels, count in found.items()}


def _by_pattern(counts: Mapping[tuple[str, str], int]) -> dict[tuple[str, ...], float]:
    return {labels: float(count) for labels, count in counts.items()}


Told = Callable[[str, float, str], None]


def outside_told(metrics: Metrics) -> Told:
    """What counts the calls to other machines, by plugin."""
    return _told(metrics, "maru_outside", "calls to other machines")


def compute_told(metrics: Metrics) -> Told:
    """What counts the computations in children, by plugin."""
    return _told(metrics, "maru_compute", "computations")


def _told(metrics: Metrics, name: str, what: str) -> Told:
    took = metrics.histogram(f"{name}_seconds", f"Time of {what}.", ("plugin",))
    labels = ("plugin", "code")
    failed = metrics.counter(f"{name}_failures_total", f"Failed {what}.", labels)

    def told(plugin: str, seconds: float, failure: str) -> None:
        took.observe((plugin,), seconds)
        if failure:
            failed.add(plugin, failure)

    return told
