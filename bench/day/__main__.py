"""`python -m bench.day`: the morning alone, and where the web's time goes in it."""

import asyncio
import pstats
from pathlib import Path

import click

from bench.day.play import Size, day
from bench.report import machine

_SHOWN = 45


@click.command()
@click.option("--people", type=click.IntRange(1, 400), default=300, show_default=True)
@click.option("--seconds", type=click.FloatRange(1), default=70.0, show_default=True)
@click.option("--steps", type=click.IntRange(3), default=14, show_default=True)
@click.option("--profile", type=click.Path(path_type=Path), help="Run serve under cProfile.")
def command(people: int, seconds: float, steps: int, profile: Path | None) -> None:
    """Replay a morning."""
    found = asyncio.run(day(Size(people, seconds, steps), profile))
    print(found.markdown())
    print("\n".join(found.misses))
    print(" · ".join(f"{key}: {value}" for key, value in machine().items()))
    if profile is not None:
        pstats.Stats(str(profile)).sort_stats("tottime").print_stats(_SHOWN)
        pstats.Stats(str(profile)).sort_stats("cumtime").print_stats(2 * _SHOWN)


if __name__ == "__main__":
    command()
