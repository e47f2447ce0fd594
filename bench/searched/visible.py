"""How long after it is written a post is found: through the listener, its job and a worker, while
others search."""

import asyncio
import time
from contextlib import ExitStack
from typing import Any, Final
from urllib.parse import quote

import orjson

from bench.caller import Caller
from bench.ground import Ground
from bench.process import Broken, maru

GOAL: Final = 2_000.0
_POSTS: Final = "/api/v1/board/posts"
_LOOK: Final = 0.01
_BETWEEN: Final = 0.4
_LONGEST: Final = 120.0


async def visible(ground: Ground, caller: Caller, board: str, count: int) -> list[float]:
    """Milliseconds from a post's answer to the first search that finds it; the first post waits
    for the processes to start and doesn't count."""
    with ExitStack() as stack:
        for name in ("scheduler", "worker"):
            stack.enter_context(maru(name, ground.folder, ground.environment))
        took = list[float]()
        for number in range(count + 1):
            took.append(await _one(caller, board, f"nv{number:04d}"))
            await asyncio.sleep(_BETWEEN)
        return took[1:]


async def _one(caller: Caller, board: str, word: str) -> float:
    body = {"board_id": board, "title": f"{word} 안내", "content": "알려 드립니다."}
    await caller.data("POST", _POSTS, body)
    began = time.perf_counter()
    while not await _found(caller, word):
        if time.perf_counter() - began > _LONGEST:
            raise Broken(f"{word} isn't found after {_LONGEST:.0f} s")
        await asyncio.sleep(_LOOK)
    return (time.perf_counter() - began) * 1e3


async def _found(caller: Caller, word: str) -> bool:
    found: list[dict[str, Any]] = orjson.loads(
        await caller.ask("GET", f"/api/v1/search?limit=5&q={quote(word)}")
    )["data"]
    return any(one["title"].startswith(word) for one in found)
