"""Load at a constant rate, whatever the server does: each request is due at its own moment.

What is late counts from that moment, not from when a connection was free, so that a server that
stands still for a while is not spared the requests that would have come meanwhile.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

from bench.load import Request
from bench.process import HOST, Broken, Process

_LONGEST = 30.0
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Paced:
    """Milliseconds that half and 95 of a hundred stayed below, the longest; the server's
    processor microseconds for each."""

    rate: float
    p50: float
    p95: float
    worst: float
    cpu: float


def paced(server: Process, requests: Sequence[Request], rate: float, seconds: float) -> Paced:
    """This many requests a second for so long."""
    before = server.cpu()
    took = asyncio.run(_all(server.port, requests, rate, seconds))
    cpu = (server.cpu() - before) / len(took) * 1e6
    ordered = sorted(took)
    half, most = (ordered[int(len(ordered) * share)] * 1e3 for share in (0.5, 0.95))
    return Paced(rate, half, most, ordered[-1] * 1e3, cpu)


async def _all(port: int, requests: Sequence[Request], rate: float, seconds: float) -> list[float]:
    line = _Lines(port)
    began, tasks = asyncio.get_running_loop().time() + 0.1, []
    for at, request in enumerate(islice(cycle(requests), int(rate * seconds))):
        due = began + at / rate
        await asyncio.sleep(due - asyncio.get_running_loop().time())
        tasks.append(asyncio.create_task(line.ask(request, due)))
    took = await asyncio.gather(*tasks)
    line.close()
    return took


class _Lines:
    """Connections that are kept: as many as are needed at once."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[Line] = []

    async def ask(self, request: Request, due: float) -> float:
        """Seconds from when it was due until its last byte was there."""
        async with asyncio.timeout(_LONGEST):
            line = self._kept() or await self._another()
            line[1].write(_head(request))
            await _answer(line[0])
        self._free.append(line)
        return asyncio.get_running_loop().time() - due

    def _kept(self) -> Line | None:
        """One that is free, and that the server hasn't closed for having been idle."""
        while self._free:
            reader, writer = self._free.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()
        return None

    async def _another(self) -> Line:
        return await asyncio.open_connection(HOST, self._port)

    def close(self) -> None:
        """Ends them."""
        for _, writer in self._free:
            writer.close()


def _head(request: Request) -> bytes:
    lines = [f"{request.method} {request.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    if " 200 " not in head.partition("\r\n")[0]:
        raise Broken(head.partition("\r\n")[0])
    length = head.partition("content-length: ")[2].partition("\r\n")[0]
    await reader.readexactly(int(length))
