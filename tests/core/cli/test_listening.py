"""Connections are taken several in a turn of the loop, however long a turn takes."""

import asyncio
import socket
from contextlib import ExitStack

import uvloop

from maru.cli.listening import TAKEN_AT_ONCE, bound, several

COMING = 3 * TAKEN_AT_ONCE
TURNS = 4


class Counted(asyncio.Protocol):
    """Counts those who were let in."""

    def __init__(self, taken: list[int]) -> None:
        self._taken = taken

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._taken.append(1)
        transport.close()


async def _taken(listeners: list[socket.socket]) -> int:
    """How many of those who wait are let in within a few turns."""
    loop, taken = asyncio.get_running_loop(), list[int]()
    servers = [await loop.create_server(lambda: Counted(taken), sock=one) for one in listeners]
    with ExitStack() as stack:
        address = listeners[0].getsockname()
        for _ in range(COMING):  # the loop stands still meanwhile
            stack.enter_context(socket.create_connection(address))
        for _ in range(TURNS):
            await asyncio.sleep(0)
    for server in servers:
        server.close()
        await server.wait_closed()
    return len(taken)


def test_one_turn_takes_many() -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(_taken([bound("127.0.0.1", 0)])) <= TURNS + 1
        assert runner.run(_taken(several(bound("127.0.0.1", 0)))) > COMING / 2
