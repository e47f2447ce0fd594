"""What everybody does that morning: drawn from one seed before anything is asked.

Think times are compressed: people who read for half a minute wait for a second or two here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

SEED = 20261120
_RUSH = 0.6
# What somebody who has signed in does next, of a thousand. Writing is a twentieth of all requests.
_WALKS = {
    "portal": 190,
    "boards": 80,
    "board": 290,
    "post": 330,
    "list": 40,
    "comment": 50,
    "write": 20,
}


@dataclass(frozen=True)
class Step:
    """Something that a person does after having thought; `pick` chooses which board or post."""

    kind: str
    thinks: float
    pick: float


@dataclass(frozen=True)
class Morning:
    """One person's: when they come, as seconds from the start, and what they do."""

    comes: float
    steps: Sequence[Step]


def mornings(people: int, seconds: float, steps: int, seed: int = SEED) -> list[Morning]:
    """Everybody's. Most come at the beginning; all are done after about so many seconds."""
    chance = Random(seed)
    return [_one(chance, seconds, steps) for _ in range(people)]


def _one(chance: Random, seconds: float, steps: int) -> Morning:
    comes = seconds * _RUSH * chance.triangular(0, 1, 0.3)
    left = seconds - comes
    number = max(3, round(chance.gauss(steps, steps / 4)))
    return Morning(comes, list(_steps(chance, number, left / number)))


def _steps(chance: Random, number: int, thinks: float) -> Iterator[Step]:
    kinds = chance.choices(list(_WALKS), list(_WALKS.values()), k=number)
    for kind in kinds:
        # New posts are read far more often than old ones.
        yield Step(kind, thinks * chance.uniform(0.4, 1.6), chance.betavariate(1, 6))
