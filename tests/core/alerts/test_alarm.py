"""When a rule comes true, when somebody is told, and when not again."""

from datetime import timedelta
from typing import Any

import pytest

from maru.alerts.alarm import Alarm, State
from maru.alerts.rule import Rule


def alarm(**given: Any) -> Alarm:
    fields = {
        "name": "load",
        "title": "Load",
        "metric": "load",
        "measure": "max",
        "operator": "gt",
        "threshold": 1,
        "for": timedelta(seconds=30),
        "severity": "warning",
        "cool_down": timedelta(seconds=100),
    }
    return Alarm(Rule.model_validate({**fields, **given}))


Step = tuple[float, float | None]


def told(found: Alarm, *steps: Step) -> list[tuple[float, bool]]:
    """When something was said, and whether it was that the rule is true."""
    said = []
    for now, value in steps:
        notice = found.step(value, now)
        if notice is not None:
            said.append((now, notice.firing))
    return said


def test_it_must_hold_for_a_time_and_without_a_break() -> None:
    found = alarm()
    assert told(found, (0, 2), (20, 2), (25, 0), (30, 2), (55, 2)) == []
    assert found.state == "pending"
    assert told(found, (60, 2)) == [(60, True)]


def test_it_is_told_once_and_its_end_once() -> None:
    found = alarm()
    steps: list[Step] = [
        (0, 2),
        (30, 2),
        (40, 3),
        (300, 3),
        (310, 0),
        (320, 0),
    ]
    assert told(found, *steps) == [(30, True), (310, False)]


def test_after_a_message_there_is_quiet_for_the_cool_down() -> None:
    found = alarm()
    flapping: list[Step] = [
        (0, 2),
        (30, 2),
        (40, 0),
        (50, 2),
        (80, 2),
        (125, 2),
    ]
    assert told(found, *flapping) == [(30, True), (40, False)]
    assert found.state == "firing"
    assert told(found, (131, 2)) == [(131, True)]


def test_a_figure_that_goes_missing_mends_nothing() -> None:
    found = alarm()
    assert told(found, (0, 2), (30, 2), (40, None), (50, 2)) == [(30, True)]
    assert found.state == "firing"
    quiet = alarm()
    assert told(quiet, (0, 0), (10, None)) == []
    assert quiet.state == "unknown"


@pytest.mark.parametrize(
    ("operator", "value", "state"),
    [
        ("gt", 1, "ok"),
        ("gte", 1, "firing"),
        ("lt", 1, "ok"),
        ("lte", 1, "firing"),
        ("eq", 1, "firing"),
        ("eq", 1.5, "ok"),
        ("lt", 0.5, "firing"),
    ],
)
def test_each_operator(operator: str, value: float, state: State) -> None:
    found = alarm(operator=operator, **{"for": timedelta(0)})
    found.step(value, 0)
    assert found.state == state
