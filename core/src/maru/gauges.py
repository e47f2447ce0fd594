"""Figures that every process shows of its parts: cache, connections, statements."""

from collections.abc import Mapping
from functools import partial

from maru.cache import Cache
from maru.db.database import Database
from maru.observability.log import journal_of_process
from maru.observability.metrics import Metrics
from maru.observability.tracing import Tracing


def show_parts(metrics: Metrics, database: Database, cache: Cache, tracing: Tracing | None) -> None:
    """Has a process's figures tell of its cache and its database."""
    for name, told, counts in (
        ("maru_cache_hits_total", "Answers that were kept.", cache.hits),
        ("maru_cache_misses_total", "Answers that had to be made.", cache.misses),
    ):
        metrics.ask(name, told, partial(_by_plugin, counts), ("plugin",), kind="counter")
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


def _by_plugin(counts: Mapping[str, int]) -> dict[tuple[str, ...], float]:
    return {(plugin,): float(count) for plugin, count in counts.items()}
