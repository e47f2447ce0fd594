"""Slow statements are told of, but not so often that telling is what costs the time."""

import logging

import pytest

from maru.observability.metrics import Metrics
from maru.observability.statements import TOLD_A_SECOND, Statements
from maru.observability.suspects import Suspects


def test_a_flood_is_counted_and_told_in_part(caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics("test")
    statements = Statements(metrics, Suspects({}), slow=0.1)
    flood = 50 * TOLD_A_SECOND
    with caplog.at_level(logging.WARNING, logger="maru.observability.statements"):
        for _ in range(flood):
            statements(0.2, "SELECT 1")
        told = len(caplog.records)
        assert TOLD_A_SECOND <= told < flood / 2
        statements._second -= 1  # the second is over
        statements(0.2, "SELECT 1")
    fields = caplog.records[-1].__dict__["fields"]
    before = sum(record.__dict__["fields"].get("untold", 0) for record in caplog.records[:-1])
    assert len(caplog.records) == told + 1
    assert fields["untold"] + before == flood - told
    counted = metrics.counter("maru_db_slow_queries_total", "", ("plugin",))
    assert counted.values["core",] == flood + 1
