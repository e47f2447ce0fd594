"""Every figure of the contract, in one scrape of one process; and how all processes are."""

import re
from typing import Any

from tests.core.watch.world import World, until

NAMES = {
    "http_request_duration_seconds": {"method", "route", "status_code"},
    "http_requests_total": {"method", "route", "status_code"},
    "maru_redis_memory_bytes": {"role"},
    "maru_redis_ops_per_second": {"role"},
    "maru_db_pool_size": set(),
    "maru_db_pool_in_use": set(),
    "maru_db_query_duration_seconds": set(),
    "maru_db_slow_queries_total": {"plugin"},
    "maru_queue_pending": set(),
    "maru_queue_failed_total": {"kind"},
    "maru_queue_processing_seconds": {"kind"},
    "active_jobs_total": set(),
    "maru_portlet_seconds": {"plugin"},
    "maru_cache_hits_total": {"plugin"},
    "maru_cache_misses_total": {"plugin"},
    "process_cpu_seconds_total": set(),
    "process_resident_memory_bytes": set(),
    "maru_host_cpu_ratio": set(),
    "maru_host_memory_ratio": set(),
    "maru_host_disk_ratio": set(),
    "maru_log_dropped_total": set(),
    "maru_trace_spans_dropped_total": set(),
    "maru_loop_blocked_seconds_total": {"plugin"},
    "maru_loop_starved_seconds_total": set(),
    "maru_core_daily_active_users": {"tenant"},
    "maru_board_posts": {"tenant"},
}


def labels_of(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, _, rest = line.partition("{")
        name = re.sub(r"_(bucket|count|sum|created)$", "", name)
        named = set(re.findall(r'(\w+)="', rest.rpartition("}")[0])) - {"le"}
        found.setdefault(name, set()).update(named)
    return found


async def test_one_scrape_shows_every_figure_of_every_process(world: World) -> None:
    await world.company.enable("board")
    await world.post("leak")
    await world.post("begin")
    await world.client.get("/api/v1/portal/data/core.organization")
    await world.client.get("/api/v1/portal/data/core.organization")
    text = ""
    for _ in range(40):
        text = (await world.client.get("/metrics")).text
        if labels_of(text).keys() >= NAMES.keys():
            break
        await until_next(world)
    found = labels_of(text)
    assert not NAMES.keys() - found.keys()
    for name, labels in NAMES.items():
        assert found[name] == labels | {"process"}, name
    processes = {name.partition("-")[0] for name in re.findall(r'process="([^"]+)"', text)}
    assert processes >= {"web", "worker", "scheduler"}


async def until_next(world: World) -> None:
    """The processes report every ten or fifteen seconds: see something happen meanwhile."""
    spans = len(world.collector.spans)
    await world.client.get("/health/live")
    await until(lambda: len(world.collector.spans) > spans)


async def test_health_shows_what_hangs_and_what_raises(world: World) -> None:
    async def checks() -> tuple[int, dict[str, Any]]:
        answer = await world.client.get("/health")
        assert set(answer.json()) == {
            "status", "service", "version", "timestamp", "duration", "checks",
        }  # fmt: skip
        assert answer.json()["duration"] < 9
        return answer.status_code, answer.json()["checks"]

    for _ in range(2):  # it still hangs from the first time
        status, found = await checks()
        assert status == 503
        assert found["heavy.stubborn"]["error"] == "no answer in time"
        assert found["heavy.stubborn"]["latency_ms"] >= 4_900
        assert found["heavy.gone"]["error"] == "SystemExit"
        assert found["database"]["status"] == "healthy"
    for _ in range(40):
        _, found = await checks()
        if {"worker", "scheduler"} <= found.keys():
            break
    assert found["worker"]["status"] == found["scheduler"]["status"] == "healthy"
    assert (await world.client.get("/health/ready")).status_code == 200
    assert (await world.client.get("/health/live")).json()["checks"] == {}
