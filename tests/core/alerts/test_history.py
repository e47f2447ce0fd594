"""Sums over processes that come and go, and what rules measure in them."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from maru.alerts.history import History
from maru.alerts.totals import Sum
from maru.observability.metrics import Metrics

MINUTE = timedelta(minutes=1)


def process(at: float, *figures: dict[str, Any]) -> bytes:
    return orjson.dumps({"at": at, "figures": figures})


def counter(value: float, name: str = "things_total") -> dict[str, Any]:
    return {"name": name, "kind": "counter", "labels": ["kind"], "values": [[["a"], value]]}


def gauge(name: str, value: float) -> dict[str, Any]:
    return {"name": name, "kind": "gauge", "labels": [], "values": [[[], value]]}


def test_a_process_that_ends_or_begins_anew_takes_nothing_away() -> None:
    total, history = Sum(), History()
    steps = [
        {"one": 5.0, "two": 7.0},
        {"one": 6.0, "two": 9.0},
        {"two": 10.0},  # one has ended
        {"one": 2.0, "two": 10.0},  # and began anew under the same name
        {"one": 1.0, "two": 12.0},  # and once more
    ]
    found = []
    for number, step in enumerate(steps):
        at = 1000.0 + 10 * number
        snapshots = {name: process(at, counter(value)) for name, value in step.items()}
        history.add(total.add(snapshots, at))
        found.append(history.measure("things_total", "increase", timedelta(minutes=10)))
    assert found == [0, 3, 4, 6, 9]
    assert history.measure("things_total", "rate", timedelta(minutes=10)) == 9 / 40


def test_what_ended_processes_have_counted_is_not_counted_twice() -> None:
    total, history = Sum(), History()
    history.add(total.add({"one": process(1000, counter(50))}, 1000))
    past = orjson.dumps({"at": 1010, "ended": True, "figures": [counter(50)]})
    history.add(total.add({"web-ended": past, "two": process(1010, counter(3))}, 1010))
    assert history.measure("things_total", "increase", MINUTE) == 3


def test_a_process_that_is_silent_for_long_has_no_gauges() -> None:
    total, history = Sum(), History()
    snapshots = {"one": process(1000, gauge("load", 0.9)), "two": process(900, gauge("load", 3))}
    history.add(total.add(snapshots, 1000))
    assert history.measure("load", "max", MINUTE) == 0.9
    history.add(total.add(snapshots, 1100))
    assert history.measure("load", "max", MINUTE) is None


def test_quantiles_and_shares_are_those_of_all_processes_together() -> None:
    quick, slow = Metrics("web"), Metrics("web")
    total, history = Sum(), History()
    history.add(total.add({"q": quick.snapshot(), "s": slow.snapshot()}, _now(quick)))
    for _ in range(98):
        quick.requests.observe(("GET", "/", "200"), 0.02)
    for _ in range(2):
        slow.requests.observe(("GET", "/", "500"), 4.0)
    history.add(total.add({"q": quick.snapshot(), "s": slow.snapshot()}, _now(quick) + 0.001))
    name = "http_request_duration_seconds"
    p95, p99 = history.measure(name, "p95", MINUTE), history.measure(name, "p99", MINUTE)
    assert p95 is not None
    assert 0.01 < p95 <= 0.025
    assert p99 is not None
    assert 2.5 < p99 <= 5
    assert history.measure(name, "share", MINUTE, {"status_code": "5.."}) == pytest.approx(0.02)


def test_the_fullest_pool_of_any_process_counts() -> None:
    total, history = Sum(), History()
    rows = {"one": (4.0, 20.0), "two": (18.0, 20.0), "none": (0.0, 0.0)}
    snapshots = {
        name: process(1000, gauge("used", used), gauge("size", size))
        for name, (used, size) in rows.items()
    }
    snapshots = {"half": process(1000, gauge("used", 19.0)), **snapshots}
    history.add(total.add(snapshots, 1000))
    assert history.measure("used", "share", MINUTE, of="size") == 0.9


def test_what_nobody_shows_is_not_zero() -> None:
    history = History()
    assert history.measure("things_total", "rate", MINUTE) is None
    history.add(Sum().add({"one": process(1000, counter(1))}, 1000))
    for measure in ("p95", "rate", "increase", "share", "max", "sum"):
        assert history.measure("nothing", measure, MINUTE) is None


def test_a_clock_that_is_set_back_begins_a_new_history() -> None:
    total, history = Sum(), History()
    for at in (1000.0, 1010.0, 500.0):
        history.add(total.add({"one": process(at, counter(at))}, at))
    assert history.measure("things_total", "rate", MINUTE) == 0
    assert history.last is not None
    assert history.last.at == 500


def _now(metrics: Metrics) -> float:
    return float(orjson.loads(metrics.snapshot())["at"])
