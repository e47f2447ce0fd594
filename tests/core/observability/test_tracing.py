"""Spans: who is whose parent, and what they cost where nothing is traced."""

import secrets
import time

import pytest

from maru.observability.otlp import Collector, tracing_to
from maru.observability.trace import parent_of, trace_id
from maru.observability.tracing import Span, Tracing, carried, outgoing, span

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


def tracing(sample: float = 1.0) -> tuple[Tracing, list[Span]]:
    kept: list[Span] = []
    return Tracing(kept.extend, sample=sample, pause=0.0), kept


def test_children_and_what_leaves() -> None:
    tracer, kept = tracing()
    root = tracer.begin("request", PARENT, "server")
    with span("work", plugin="board") as inner:
        assert carried(TRACE) == inner.traceparent  # type: ignore[union-attr]
        assert outgoing() == inner.traceparent  # type: ignore[union-attr]
        assert carried("other") == "other"
    root.end()
    assert tracer.settle(10)
    work, request = kept
    assert (request.parent, work.parent) == ("b7ad6b7169203331", request.id)
    assert {one.trace for one in kept} == {TRACE}
    assert work.ended >= work.began >= request.began
    assert trace_id(work.traceparent) == trace_id(TRACE) == TRACE


def test_what_fails_says_so() -> None:
    tracer, kept = tracing()
    root = tracer.begin("request", None, "server", trace=TRACE)
    with pytest.raises(ValueError, match="x"), span("work"):
        raise ValueError("x")
    root.end()
    tracer.settle(10)
    assert (kept[0].failure, kept[1].failure) == ("ValueError", None)


def test_nothing_is_traced_without_a_beginning() -> None:
    with span("work") as nothing:
        nothing.set(a=1)
    assert carried(TRACE) == TRACE
    assert outgoing() == ""
    told = parent_of(outgoing(TRACE))
    assert told is not None
    assert (told.trace, told.sampled) == (TRACE, False)


def test_the_callers_word_and_the_share_decide() -> None:
    tracer, kept = tracing(0.0)
    unsampled = tracer.begin("a", f"{PARENT[:-2]}00", "server")
    with span("child"):
        assert outgoing().endswith("-00")
        assert carried(TRACE).endswith("-00")
    unsampled.end()
    tracer.begin("b", None, "server").end()
    tracer.begin("c", PARENT, "server").end()
    tracer.settle(10)
    assert [one.name for one in kept] == ["c"]
    half, kept = tracing(0.5)
    for _ in range(400):
        half.begin("x", None, "server").end()
    half.settle(10)
    assert 100 < len(kept) < 300


@pytest.mark.parametrize("trace", ["", "maru seed", "0" * 32, "g" * 32, None])
def test_what_is_no_trace_id_gets_one(trace: str | None) -> None:
    tracer, _ = tracing()
    found = tracer.begin("a", trace, "consumer", trace=trace or "")
    found.end()
    assert len(found.trace) == 32
    assert found.trace != trace


def test_a_span_that_nobody_wants_costs_next_to_nothing() -> None:
    best = min(_seconds(20_000) for _ in range(5))
    assert best / 20_000 < 5e-6  # measured: 0.4 µs


def _seconds(times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        with span("work", plugin="board"):
            pass
    return time.perf_counter() - began


def test_a_collector_that_is_away_costs_spans_and_one_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    tracer = tracing_to("http://127.0.0.1:9", "web", instance="test", sample=1.0)
    for _ in range(2):
        began = time.perf_counter()
        for _ in range(300):
            tracer.begin("x", None, "server").end()
        assert time.perf_counter() - began < 2  # handing over waits for nobody
        assert tracer.settle(30)
    assert tracer.lost == 600
    assert len([one for one in caplog.records if "takes no traces" in one.getMessage()]) == 1
    assert [one.name for one in caplog.records if one.name.startswith("opentelemetry")] == []


def test_a_queue_that_is_full_drops() -> None:
    tracer = Tracing(lambda spans: time.sleep(0.5), sample=1.0, limit=10, pause=0.0)
    for _ in range(100):
        tracer.begin(secrets.token_hex(2), None, "server").end()
    assert tracer.lost >= 80


def test_the_address_may_have_its_path() -> None:
    assert Collector("http://h:4318", "web", "i")._exporter._endpoint == "http://h:4318/v1/traces"
    whole = "http://h/otlp/v1/traces"
    assert Collector(whole, "web", "i")._exporter._endpoint == whole
