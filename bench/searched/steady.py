"""Asks a server at a pace, whether it has answered or not."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from httpx2 import AsyncClient, Limits

from bench.process import HOST, Broken


async def steady(
    port: int, headers: Mapping[str, str], path: str, asked: Sequence[str], pace: float
) -> list[float]:
    """Milliseconds from when each was due to its last byte."""
    took = list[float]()
    limits = Limits(max_connections=50, max_keepalive_connections=50)
    async with AsyncClient(
        base_url=f"http://{HOST}:{port}", headers=dict(headers), limits=limits, timeout=30
    ) as client:
        began = time.perf_counter() + 0.1

        async def one(number: int, q: str) -> None:
            due = began + number / pace
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            answer = await client.get(path + quote(q))
            took.append((time.perf_counter() - due) * 1e3)
            if answer.status_code != 200:
                raise Broken(f"{path}{q}: {answer.status_code}")

        await asyncio.gather(*(one(number, q) for number, q in enumerate(asked)))
    return took
