"""A test double of a network peer: it speaks clamd's INSTREAM, and takes one word for a virus. The
real one needs its signatures, which can't be had where tests run."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

VIRUS = b"a-virus-for-tests"


class ClamdDouble:
    """Listens on a port of its own for as long as it is `up`."""

    def __init__(self, most: int = 1 << 20) -> None:
        self.most, self.port = most, 0
        self._server: asyncio.Server | None = None

    async def up(self) -> None:
        """Begins to listen, on the same port as before."""
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def down(self) -> None:
        """Stops listening."""
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        heard = b""
        while size := int.from_bytes(await reader.readexactly(4)):
            heard += await reader.readexactly(size)
            if len(heard) > self.most:
                writer.write(b"INSTREAM size limit exceeded. ERROR\0")
                break
        else:
            writer.write(b"stream: Test-Virus FOUND\0" if VIRUS in heard else b"stream: OK\0")
        await writer.drain()
        writer.close()


@asynccontextmanager
async def clamd() -> AsyncIterator[ClamdDouble]:
    """One that listens."""
    double = ClamdDouble()
    await double.up()
    try:
        yield double
    finally:
        await double.down()
