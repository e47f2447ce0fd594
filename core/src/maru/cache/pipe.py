"""What is asked of Redis in the same moment goes out in one message.

A round trip through redis-py costs more than most of what it carries, so the fragments of a page,
or the requests of one turn of the loop, share one.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import NoScriptError, ResponseError

from maru.cache.patience import patience
from maru.cache.scripts import Script
from maru.redis import Link

log = logging.getLogger(__name__)

LATER = 0.005


class Asked(NamedTuple):
    """One script with its keys and arguments, and who waits for the answer."""

    script: Script
    given: tuple[Any, ...]
    answer: asyncio.Future[Any]


class Pipe:
    """Runs scripts on one Redis that may be away."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._asked: list[Asked] = []
        self._leaving = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, script: Script, keys: Sequence[str], *arguments: object) -> Any:
        """What the script answers; None where Redis is away, late or refuses.

        Waits no longer than the work at hand has patience for.
        """
        mine = patience(self._link.wait)
        if not self._link.up or mine.left <= 0:
            return None
        answer = self._ask(script, keys, arguments)
        with mine:
            patient = mine.left >= self._link.wait
            if not self._leaving:
                self._leaving = True
                if patient:
                    await self._exchange()  # in the asker's own task: each further one costs
                else:
                    self._start(self._exchange())
            if patient:
                return await answer
            try:
                return await asyncio.wait_for(answer, mine.left)
            except TimeoutError:
                return None

    async def later(self, script: Script, keys: Sequence[str], *arguments: object) -> Any:
        """Like `run`, for work that nobody waits for: it goes along with the next message."""
        if not self._link.up:
            return None
        if not self._asked:
            asyncio.get_running_loop().call_later(LATER, self._send)
        return await self._ask(script, keys, arguments)

    async def close(self) -> None:
        """Wait for what is under way; nobody asks any more."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))

    def _ask(
        self, script: Script, keys: Sequence[str], arguments: Sequence[object]
    ) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._asked.append(Asked(script, (len(keys), *keys, *arguments), answer))
        return answer

    def _send(self) -> None:
        if self._asked and not self._leaving:
            self._leaving = True
            self._start(self._exchange())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _exchange(self) -> None:
        """Sends what has been asked for until the loop's next turn."""
        asked: list[Asked] = []
        answers: list[Any] = []
        try:
            await asyncio.sleep(0)
            asked = self._take()
            answers = await self._link.attempt(lambda redis: _answers(redis, asked), [])
        finally:
            for place, one in enumerate(asked or self._take()):
                if not one.answer.done():
                    one.answer.set_result(answers[place] if answers else None)

    def _take(self) -> list[Asked]:
        asked, self._asked, self._leaving = self._asked, [], False
        return asked


async def _answers(redis: Redis, asked: list[Asked]) -> list[Any]:
    """One answer each, in order; None for what Redis refused."""
    calls = [("EVALSHA", one.script.sha, *one.given) for one in asked]
    answers = await _called(redis, calls)
    unknown = [place for place, one in enumerate(answers) if isinstance(one, NoScriptError)]
    if unknown:  # a Redis that has started anew knows no script
        again = [("EVAL", asked[place].script.text, *asked[place].given) for place in unknown]
        for place, answer in zip(unknown, await _called(redis, again), strict=True):
            answers[place] = answer
    refused = [one for one in answers if isinstance(one, ResponseError)]
    if refused:
        log.warning("redis cache refused: %s", refused[0])
    return [None if isinstance(one, ResponseError) else one for one in answers]


async def _called(redis: Any, calls: list[tuple[Any, ...]]) -> list[Any]:
    if len(calls) > 1 and not isinstance(redis, RedisCluster):
        pipeline = redis.pipeline(transaction=False)
        for call in calls:
            pipeline.execute_command(*call)
        return list(await pipeline.execute(raise_on_error=False))
    if len(calls) == 1:
        return [await _one(redis, calls[0])]
    # A cluster's pipeline takes no EVALSHA; its nodes are asked side by side.
    return list(await asyncio.gather(*(_one(redis, call) for call in calls)))


async def _one(redis: Any, call: tuple[Any, ...]) -> Any:
    try:
        return await redis.execute_command(*call)
    except ResponseError as refusal:
        return refusal
