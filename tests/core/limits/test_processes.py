"""Four real processes on one Redis: never more than is allowed together, and nobody starved."""

import asyncio
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.engines import Engines

PROCESSES = 4
ROOT = Path(__file__).parents[3]


async def flood(engines: Engines, **asked: Any) -> list[dict[str, int]]:
    """What each of the processes says, which begin together."""
    common = {
        "url": engines.queue.url,
        "instance": f"t{secrets.token_hex(4)}",
        "tenant": str(uuid4()),
        "person": str(uuid4()),
        "wanted": 10**9,
        "patient": False,
        **asked,
    }
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    children = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.core.limits.one_process"),
            json.dumps({**common, "other": str(uuid4())}),
            env=env,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(PROCESSES)
    ]
    try:
        async with asyncio.timeout(120):
            for child in children:
                assert child.stdout is not None
                assert await child.stdout.readline() == b"ready\n"
            said = await asyncio.gather(*(child.communicate(b"go\n") for child in children))
        assert [child.returncode for child in children] == [0] * PROCESSES
    finally:
        for child in children:
            if child.returncode is None:
                child.kill()
                await child.wait()
    return [json.loads(out) for out, _ in said]


@pytest.mark.parametrize(("kind", "most", "over"), [("writes", 400, 1.0), ("reads", 8_000, 1.01)])
async def test_together_no_more_than_is_allowed(
    engines: Engines, kind: str, most: int, over: float
) -> None:
    told = await flood(engines, kind=kind, most=most, times=most * 2)
    through = sum(one["crowd"] for one in told)
    assert most * 0.9 <= through <= most * over
    assert [one["other"] for one in told] == [one["rounds"] for one in told]  # others feel nothing


@pytest.mark.parametrize("kind", ["writes", "reads"])
async def test_what_one_has_in_stock_is_missing_nowhere(engines: Engines, kind: str) -> None:
    """Together they want a tenth less than is allowed: each gets all that it wants."""
    wanted = 450
    told = await flood(engines, kind=kind, most=2_000, times=10**6, wanted=wanted, patient=True)
    assert [one["crowd"] for one in told] == [wanted] * PROCESSES
