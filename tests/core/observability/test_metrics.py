"""Figures of several processes in one scrape."""

import time

from maru.observability.metrics import STALE, Metrics, ended, exposition


def test_each_process_keeps_its_own() -> None:
    one, two = Metrics("web"), Metrics("worker")
    for metrics, times in ((one, 2), (two, 5)):
        metrics.counter("maru_queue_failed_total", "Failed.", ("plugin",)).add("a", by=times)
    text = exposition({"web-1": one.snapshot(), "worker-1": two.snapshot()}).decode()
    assert 'maru_queue_failed_total{plugin="a",process="web-1"} 2.0' in text
    assert 'maru_queue_failed_total{plugin="a",process="worker-1"} 5.0' in text
    assert text.count("# HELP maru_queue_failed_total") == 1


def test_durations_fall_into_buckets() -> None:
    metrics = Metrics("web")
    for seconds in (0.001, 0.02, 0.3, 99):
        metrics.requests.observe(("GET", "/x", "200"), seconds)
    text = exposition({"p": metrics.snapshot()}).decode()
    name = "http_request_duration_seconds_bucket"
    rest = 'method="GET",process="p",route="/x",status_code="200"'
    for bound, count in (("0.005", "1.0"), ("0.025", "2.0"), ("0.5", "3.0"), ("+Inf", "4.0")):
        assert f'{name}{{le="{bound}",{rest}}} {count}' in text
    assert 'http_requests_total{method="GET",process="p",route="/x",status_code="200"} 4.0' in text


def test_a_process_that_is_gone_is_forgotten() -> None:
    metrics = Metrics("web")
    metrics.counter("maru_x_total", "X.").add()
    later = time.time() + STALE + 1
    assert "maru_x" not in exposition({"web-1": metrics.snapshot()}, later).decode()


def test_labels_cannot_break_out() -> None:
    metrics = Metrics("web")
    metrics.counter("maru_x_total", "X.", ("plugin",)).add('a"} 1\nevil 2')
    text = exposition({"p": metrics.snapshot()}).decode()
    assert not any(line.startswith("evil") for line in text.splitlines())


def test_what_ended_processes_counted_is_added_up() -> None:
    snapshots = []
    for seconds in (0.02, 0.3):
        metrics = Metrics("web")
        metrics.counter("maru_x_total", "X.", ("plugin",)).add("a", by=2)
        metrics.requests.observe(("GET", "/x", "200"), seconds)
        metrics.ask("maru_y", "Y.", lambda: 5)
        snapshots.append(metrics.snapshot())
    past = ended([ended(snapshots[:1]), snapshots[1]])
    text = exposition({"web-ended": past}, time.time() + 10 * STALE).decode()
    assert 'maru_x_total{plugin="a",process="web-ended"} 4.0' in text
    rest = 'method="GET",process="web-ended",route="/x",status_code="200"'
    assert f'http_request_duration_seconds_bucket{{le="0.025",{rest}}} 1.0' in text
    assert f"http_request_duration_seconds_count{{{rest}}} 2.0" in text
    assert f"http_request_duration_seconds_sum{{{rest}}} 0.32" in text
    assert "maru_y" not in text
