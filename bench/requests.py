"""Requests and their peers under load from wrk, in interleaved rounds."""

import sys
from contextlib import ExitStack
from dataclasses import asdict

from bench.cases import Case, Stage
from bench.ground import Ground
from bench.report import HEADS, row
from bench.tables import Found, Table

_WARM_UP = 1.0


def requests(ground: Ground, rounds: int, seconds: float) -> Found:
    """The table of all cases; ratios are to the row that `against` names."""
    cases = played(ground, rounds, seconds)
    by_name = {case.name: case for case in cases}
    rows = [row(case, by_name[case.against]) for case in cases]
    figures = {case.name: [asdict(bout) for bout in case.bouts] for case in cases}
    return Found([Table("", HEADS, rows)], {"cases": figures})


def played(ground: Ground, rounds: int, seconds: float) -> list[Case]:
    """The cases with the bouts of all rounds; every round visits every case."""
    with ExitStack() as stack:
        cases = Stage(ground, stack).cases(frozenset("abcd"))
        for case in cases:
            case.play(min(seconds, _WARM_UP))
            case.bouts.clear()
        for number in range(rounds):
            print(f"  round {number + 1} of {rounds} …", file=sys.stderr, flush=True)
            for case in cases:
                case.play(seconds)
        return cases
