"""A small morning against real processes: nothing fails, and most of what is kept is used."""

import pytest
from bench.day.morning import mornings
from bench.day.play import Size, day

PEOPLE = 40
HIT_RATE = 0.4
"""Four fifths on a quiet machine. On a busy one, answers that are given up are not kept."""


@pytest.mark.slow
async def test_nothing_fails_that_morning() -> None:
    found = (await day(Size(PEOPLE, 15.0, 10))).figures
    assert found["server_errors"] == 0
    assert found["faults"] == []
    assert found["requests"] > PEOPLE * 10
    assert found["hit_rate"] > HIT_RATE
    assert 0.02 < found["writes"] < 0.09
    assert found["frames"] > PEOPLE
    assert found["jobs"] > 10
    assert found["states"].keys() <= {"done", "waiting", "running"}


def test_the_same_seed_is_the_same_morning() -> None:
    assert mornings(50, 40, 14, seed=3) == mornings(50, 40, 14, seed=3)
    assert mornings(50, 40, 14, seed=3) != mornings(50, 40, 14, seed=4)


def test_everybody_is_done_at_about_the_end() -> None:
    planned = mornings(300, 40, 14)
    ends = sorted(one.comes + sum(step.thinks for step in one.steps) for one in planned)
    assert 30 < ends[150] < 50


def test_a_twentieth_is_written() -> None:
    kinds = [step.kind for one in mornings(300, 40, 14) for step in one.steps]
    written = sum(kind in ("comment", "write") for kind in kinds)
    # With signing in and what is asked again around them, that is a twentieth of all requests.
    assert 0.05 < written / len(kinds) < 0.09
