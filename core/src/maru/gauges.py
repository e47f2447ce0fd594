"""Figures that every process shows of its parts: cache, connections, statements."""

from collections.abc import Callable, Mapping
from functools import partial

from maru.cache import Cache
from maru.db.database import Database
from maru.observability.metrics import Metrics

SLOW = 0.1  # seconds


def show_parts(metrics: Metrics, database: Database, cache: Cache) -> None:
    """Has a process's figures tell of its cache and its database."""
    for name, told, counts in (
        ("maru_cache_hits_total", "Answers that were kept.", cache.hits),
        ("maru_cache_misses_total", "Answers that had to be made.", cache.misses),
    ):
        metrics.ask(name, told, partial(_by_plugin, counts), ("plugin",), kind="counter")
    metrics.ask("maru_db_pool_size", "Connections allowed.", lambda: database.status().size)
    metrics.ask("maru_db_pool_in_use", "Connections at work.", lambda: database.status().in_use)
    took = metrics.histogram("maru_db_query_duration_seconds", "Time that a statement took.")
    slow = metrics.counter("maru_db_slow_queries_total", "Statements of 100 ms and more.")
    slow.add(by=0)

    def timed(seconds: float) -> None:
        took.observe((), seconds)
        if seconds >= SLOW:
            slow.add()

    database.timed = timed


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


def _by_plugin(counts: Mapping[str, int]) -> dict[tuple[str, ...], float]:
    return {(plugin,): float(count) for plugin, count in counts.items()}
