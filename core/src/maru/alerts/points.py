"""The figures that the admin area draws, a point every few seconds, for the last hours."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson

from maru.alerts.history import History, quantile
from maru.alerts.totals import REQUESTS, Cells, Labels
from maru.redis import Redises

KEPT = 1_440
WINDOW = timedelta(minutes=1)
LATELY = timedelta(minutes=5)
SLOWEST = 10

PLUGIN_SECONDS = (
    ("portlets", "maru_portlet_seconds", "plugin"),
    ("jobs", "maru_queue_processing_seconds", "kind"),
    ("requests", REQUESTS, "route"),
)


def point_of(history: History) -> dict[str, Any]:
    """One point of every line; None where the figures don't give it."""
    last = history.last
    assert last is not None
    hits = history.measure("maru_cache_hits_total", "increase", WINDOW)
    misses = history.measure("maru_cache_misses_total", "increase", WINDOW)
    asked = (hits or 0) + (misses or 0)
    return {
        "at": last.at,
        "requests": history.measure(REQUESTS, "rate", WINDOW),
        "p50": history.measure(REQUESTS, "p50", WINDOW),
        "p95": history.measure(REQUESTS, "p95", WINDOW),
        "errors": history.measure(REQUESTS, "share", WINDOW, {"status_code": "5.."}),
        "hit_rate": (hits or 0) / asked if asked else None,
        "queue": history.measure("maru_queue_pending", "max", WINDOW),
        "dead": history.measure("maru_queue_dead", "max", WINDOW),
        "sockets": history.measure("maru_ws_connections", "sum", WINDOW),
        "cpu": history.measure("maru_host_cpu_ratio", "max", WINDOW),
        "memory": history.measure("maru_host_memory_ratio", "max", WINDOW),
    }


def slowest(history: History) -> list[dict[str, Any]]:
    """The plugins that took longest of late: seconds in all, how often, and the 95th percentile."""
    found: list[dict[str, Any]] = [
        {"plugin": plugin, "what": what, **_cost(cells)}
        for what, metric, label in PLUGIN_SECONDS
        for plugin, cells in _by_plugin(history, metric, label).items()
    ]
    found = [one for one in found if one["count"]]
    return sorted(found, key=lambda one: -one["p95"])[:SLOWEST]


def _by_plugin(history: History, metric: str, label: str) -> Mapping[str, Cells]:
    growth, _ = history.growth(metric, LATELY)
    plugins: dict[str, Cells] = {}
    for labels, cells in (growth or {}).items():
        plugin = _plugin_of(labels, label)
        if plugin:
            before = plugins.get(plugin, (0.0,) * len(cells))
            plugins[plugin] = tuple(a + b for a, b in zip(before, cells, strict=True))
    return plugins


def _plugin_of(labels: Labels, label: str) -> str:
    """`board` of the plugin `board`, of the job `listener:board.tell` and of the route
    `/api/v1/board/posts`."""
    value = dict(labels).get(label, "")
    if label == "route":
        words = value.removeprefix("/api/v1").split("/")
        return words[1] if len(words) > 1 else ""
    return value.rpartition(":")[2].partition(".")[0]


def _cost(cells: Cells) -> dict[str, float]:
    return {
        "count": sum(cells[:-1]),
        "seconds": round(cells[-1], 4),
        "p95": quantile(cells, 0.95) or 0.0,
    }


class PointStore:
    """The points in Redis; nothing while it is away."""

    def __init__(self, redises: Redises, instance: str) -> None:
        self._live = redises.live
        self._name = f"maru:{instance}:points"
        self._slowest = f"maru:{instance}:slowest"

    async def put(self, point: Mapping[str, Any], slow: Sequence[Mapping[str, Any]]) -> None:
        """Add a point, and replace the list of the slowest."""

        async def keep(redis: Any) -> None:
            pipeline = redis.pipeline(transaction=False)
            pipeline.rpush(self._name, orjson.dumps(point))
            pipeline.ltrim(self._name, -KEPT, -1)
            pipeline.set(self._slowest, orjson.dumps(slow), ex=300)
            await pipeline.execute()

        await self._live.attempt(keep, None)

    async def since(self, moment: float) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The points after `moment` (Unix time), oldest first, and the slowest plugins."""

        async def fetch(redis: Any) -> tuple[list[bytes], bytes | None]:
            pipeline = redis.pipeline(transaction=False)
            pipeline.lrange(self._name, 0, -1)
            pipeline.get(self._slowest)
            points, slow = await pipeline.execute()
            return points, slow

        nothing: tuple[list[bytes], bytes | None] = ([], None)
        raw, slow = await self._live.attempt(fetch, nothing)
        points = [point for one in raw if (point := orjson.loads(one))["at"] > moment]
        return points, orjson.loads(slow) if slow else []
