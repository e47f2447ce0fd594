"""One connection of a browser: HTTP/1.1, kept alive, and little work, since it shares the cores."""

import asyncio
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bench.process import HOST

LONGEST = 30.0


@dataclass(frozen=True)
class Answer:
    """An answer as it came, after so many seconds; `text` unpacks it."""

    status: int
    heads: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes
    seconds: float = 0.0

    @property
    def text(self) -> str:
        packed = self.heads.get("content-encoding") == "gzip"
        return (zlib.decompress(self.body, 31) if packed else self.body).decode()


class Wire:
    """A connection to the server, opened anew when the server has closed it; one request at a
    time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._turn = asyncio.Lock()
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(
        self, method: str, path: str, heads: Mapping[str, str], body: bytes = b""
    ) -> Answer:
        """Raises OSError, EOFError or TimeoutError where no answer comes."""
        async with self._turn:
            try:
                async with asyncio.timeout(LONGEST):
                    began = time.monotonic()
                    answer = await self._answered(method, path, heads, body)
                    return replace(answer, seconds=time.monotonic() - began)
            except BaseException:  # half an answer may still come over it
                self.close()
                raise

    async def _answered(
        self, method: str, path: str, heads: Mapping[str, str], body: bytes
    ) -> Answer:
        fresh = await self._open()
        try:
            return await self._asked(method, path, heads, body)
        except (OSError, EOFError):
            # Closed by the server in the moment of asking: browsers ask what changes nothing again.
            self.close()
            if fresh or method != "GET":
                raise
        await self._open()
        return await self._asked(method, path, heads, body)

    async def _open(self) -> bool:
        """Gives whether the connection is a new one."""
        if self._reader is not None and not self._reader.at_eof():
            return False
        self.close()
        self._reader, self._writer = await asyncio.open_connection(HOST, self._port)
        return True

    async def _asked(self, method: str, path: str, heads: Mapping[str, str], body: bytes) -> Answer:
        assert self._reader is not None
        assert self._writer is not None
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {said}" for name, said in heads.items())]
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        return await _read(self._reader)

    def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def _read(reader: asyncio.StreamReader) -> Answer:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    heads: dict[str, str] = {}
    cookies: dict[str, str] = {}
    for line in lines:
        name, _, said = line.partition(": ")
        if name.lower() == "set-cookie":
            cookie, _, value = said.partition(";")[0].partition("=")
            cookies[cookie] = value
        else:
            heads[name.lower()] = said
    status = int(first.split(" ")[1])
    return Answer(status, heads, cookies, await _body(reader, status, heads))


async def _body(reader: asyncio.StreamReader, status: int, heads: Mapping[str, str]) -> bytes:
    if status in (204, 304):
        return b""
    if heads.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(heads.get("content-length", 0)))
    parts = []
    while size := int((await reader.readline()).strip(), 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    await reader.readline()
    return b"".join(parts)
