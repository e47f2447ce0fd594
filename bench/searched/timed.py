"""How long some questions took."""

import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import median, quantiles
from typing import Any

from bench.tables import number


async def timed(ask: Callable[[str], Awaitable[Any]], asked: Sequence[str]) -> list[float]:
    """Asks one after the other; milliseconds of each."""
    took = list[float]()
    for one in asked:
        began = time.perf_counter()
        await ask(one)
        took.append((time.perf_counter() - began) * 1e3)
    return took


def late(took: Sequence[float]) -> float:
    """What 95 of a hundred stay below."""
    return quantiles(took, n=20)[-1] if len(took) > 1 else took[0]


def row(title: str, took: Sequence[float], *more: str) -> tuple[str, ...]:
    """A line of the table."""
    return (title, str(len(took)), number(median(took)), number(late(took)), *more)
