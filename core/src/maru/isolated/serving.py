"""Answers for one plugin: each call is a unit of work of its own, committed before its answer."""

import asyncio
import hmac
import logging
import signal
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import uvloop

from maru.isolated.calls import Calls
from maru.isolated.confine import beat
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
        server = Server(calls, config["token"])
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

    def __init__(self, calls: Calls, token: str) -> None:
        self._calls, self._token = calls, token
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
        while True:
            question = await wire.read(reader, wire.ASK)
            answer = await self._while_listened(reader, question)
            if answer is None:
                return
            writer.write(answer)
            await writer.drain()

    async def _while_listened(
        self, reader: asyncio.StreamReader, question: dict[str, Any]
    ) -> bytes | None:
        """The answer; None where the other side left before, which ends the work."""
        work = asyncio.ensure_future(self._answer(question))
        leaving = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
            return None if leaving.done() else work.result()
        finally:
            for task in (work, leaving):
                task.cancel()
            await asyncio.gather(work, leaving, return_exceptions=True)

    async def _answer(self, question: dict[str, Any]) -> bytes:
        try:
            packed = wire.packed(await self._calls.answer(question))
            if len(packed) > wire.ANSWER:
                raise RanAway(f"its answer has {len(packed)} bytes, more than {wire.ANSWER}")
        except (Exception, SystemExit) as error:  # the wall of a call
            log.warning("%s failed: %r", question.get("name"), error, exc_info=_trace(error))
            return wire.packed({"error": told(error)})
        return packed


def _trace(error: BaseException) -> BaseException | None:
    return error if told(error)["family"] == "" else None
