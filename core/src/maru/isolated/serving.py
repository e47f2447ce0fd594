"""Answers for one plugin: each call is a unit of work of its own, committed before its answer."""

import asyncio
import hmac
import logging
import signal
import socket
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from typing import Any, Final

import uvloop

from maru.isolated.calls import Calls
from maru.isolated.confine import beat
from maru.isolated.door import Door
from maru.isolated.house import open_here
from maru.observability.log import Journal, route_standard_logging
from maru.plugins.isolated import wire
from maru.plugins.isolated.refusals import RanAway, told

log = logging.getLogger(__name__)

TURN: Final = 1.0
_ENDS: Final = (
    asyncio.CancelledError,  # we stop
    asyncio.IncompleteReadError,  # the other side left
    OSError,
    wire.Strange,
    wire.TooLarge,
)


def run(config: Mapping[str, Any]) -> None:
    """Serve until SIGTERM; blocks."""
    journal = Journal(f"isolated {config['key']}", config["log_level"])
    route_standard_logging(journal)
    try:
        uvloop.run(_serve(config))
    finally:
        journal.flush()


async def _serve(config: Mapping[str, Any]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_here(config) as calls:
        server = Server(calls, config["token"], config["key"])
        listener = socket.socket(fileno=config["listener"])
        listening = await asyncio.start_unix_server(server.serve, sock=listener)
        beating = loop.create_task(_beat())
        try:
            await stop.wait()
        finally:
            beating.cancel()
            listening.close()
            await server.finish()


async def _beat() -> None:
    while True:
        beat()
        await asyncio.sleep(TURN)


class Server:
    """Reads questions and writes answers, one at a time on each connection."""

    def __init__(self, calls: Calls, token: str, key: str) -> None:
        self._calls, self._token, self._key = calls, token, key
        self._tasks: set[asyncio.Task[Any]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until the other side leaves or says something strange."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with suppress(*_ENDS):
            try:
                await self._converse(reader, writer)
            finally:
                self._tasks.discard(task)
                writer.close()

    async def finish(self) -> None:
        """End what is under way; nothing of it is committed."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = await wire.read(reader, 1_000)
        if not hmac.compare_digest(str(hello.get("token")), self._token):
            return
        door, asked = Door(writer, self._key), asyncio.Queue[dict[str, Any]]()
        hearing = asyncio.ensure_future(_hear(reader, door, asked))
        try:
            while True:
                answer = await _unless(hearing, self._next(asked, door))
                if answer is None:
                    return
                writer.write(answer)
                await writer.drain()
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)

    async def _next(self, asked: asyncio.Queue[dict[str, Any]], door: Door) -> bytes:
        return await self._answer(await asked.get(), door)

    async def _answer(self, question: dict[str, Any], door: Door) -> bytes:
        try:
            packed = wire.packed(await self._calls.answer(question, door))
            if len(packed) > wire.ANSWER:
                raise RanAway(f"its answer has {len(packed)} bytes, more than {wire.ANSWER}")
        except (Exception, SystemExit) as error:  # the wall of a call
            log.warning("%s failed: %r", question.get("name"), error, exc_info=_trace(error))
            return wire.packed({"error": told(error)})
        return packed


async def _hear(
    reader: asyncio.StreamReader, door: Door, asked: asyncio.Queue[dict[str, Any]]
) -> None:
    """Until the other side leaves: questions, and what is granted to the one under way."""
    while True:
        message = await wire.read(reader, wire.ASK)
        if "granted" in message:
            door.heard(message)
        else:
            asked.put_nowait(message)


async def _unless(hearing: "asyncio.Future[None]", work: Awaitable[bytes]) -> bytes | None:
    """The answer; None where the other side has left before, which ends the work."""
    task: asyncio.Future[bytes] = asyncio.ensure_future(work)
    both: set[asyncio.Future[Any]] = {task, hearing}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        return None if hearing.done() else task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _trace(error: BaseException) -> BaseException | None:
    return error if told(error)["family"] == "" else None
