"""`python -m bench.crowd`: opens thousands of sockets and counts the bytes that they get.

It is a process of its own, so that its work isn't counted as the server's. On standard input the
first line is JSON: port, host, path, how many, the tokens to take turns with, and what each socket
says once it is open. Then `count` answers how many bytes came so far, and `wait BYTES` answers
when that many have come.
"""

import asyncio
import base64
import json
import os
import sys
import time
from typing import Any

import uvloop

AT_ONCE = 200
LONGEST = 120.0
PING = b"\x89\x04"


class Crowd:
    """All sockets of this process."""

    def __init__(self) -> None:
        self.bytes = self.closed = 0


class One(asyncio.Protocol):
    """One socket: shakes hands, says what it has to, then only counts."""

    def __init__(self, crowd: Crowd, head: bytes, says: list[bytes], expects: list[bytes]) -> None:
        self._crowd, self._head, self._says, self._expects = crowd, head, says, expects
        self._heard = b""
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(self._head)

    def connection_lost(self, error: Exception | None) -> None:
        self._crowd.closed += 1
        if not self.ready.done():
            self.ready.set_exception(OSError(f"refused: {self._heard[:200]!r}"))

    def data_received(self, data: bytes) -> None:
        at = data.find(PING)
        if at >= 0:
            self.transport.write(b"\x8a\x84" + bytes(4) + data[at + 2 : at + 6])
            data = data[:at] + data[at + 6 :]
        if self.ready.done():
            self._crowd.bytes += len(data)
            return
        self._heard += data
        while self._expects and self._expects[0] in self._heard:
            self._heard = self._heard.partition(self._expects[0])[2]
            self._expects = self._expects[1:]
            if self._says:
                self.transport.write(_masked(self._says[0]))
                self._says = self._says[1:]
        if not self._expects:
            self._heard = b""
            self.ready.set_result(None)


def _masked(text: bytes) -> bytes:
    """A client's text frame; a mask of zeros leaves the text as it is."""
    assert len(text) < 126
    return bytes((0x81, 0x80 | len(text))) + bytes(4) + text


def _head(asked: dict[str, Any], number: int) -> bytes:
    lines = [
        f"GET {asked['path']} HTTP/1.1",
        f"Host: {asked['host']}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
    ]
    if tokens := asked["tokens"]:
        lines.append(f"Sec-WebSocket-Protocol: bearer, {tokens[number % len(tokens)]}")
    return "\r\n".join([*lines, "", ""]).encode()


async def _open(asked: dict[str, Any], crowd: Crowd, number: int, turn: asyncio.Semaphore) -> None:
    says = [one.encode() for one in asked["says"]]
    expects = [one.encode() for one in asked["expects"]]
    async with turn:
        make = asyncio.get_running_loop().create_connection
        _, one = await make(
            lambda: One(crowd, _head(asked, number), says, expects), "127.0.0.1", asked["port"]
        )
        await asyncio.wait_for(one.ready, LONGEST)


async def _run() -> None:
    loop = asyncio.get_running_loop()
    asked = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    crowd, turn = Crowd(), asyncio.Semaphore(AT_ONCE)
    await asyncio.gather(*(_open(asked, crowd, n, turn) for n in range(asked["count"])))
    _say("ready")
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        word, _, number = line.strip().partition(" ")
        ends = time.monotonic() + LONGEST
        goal = int(number or 0) if word == "wait" else 0
        while crowd.bytes < goal and time.monotonic() < ends:  # noqa: ASYNC110 (an event a packet)
            await asyncio.sleep(0.001)
        _say(f"{time.monotonic()} {crowd.bytes} {crowd.closed}")


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    uvloop.run(_run())
