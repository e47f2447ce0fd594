"""Has a clamd look at content, by its INSTREAM: nothing of it needs to be on its disk."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import unquote, urlsplit

from maru_sdk import SystemFault, Temporary

_PATIENCE: Final = 60.0
_LONGEST: Final = 4_096


class ScannerAway(Temporary):
    """503: clamd doesn't answer; what waits for it isn't given out meanwhile."""

    code = "SCANNER_AWAY"
    message = "The virus scanner can't be reached at the moment"


class ScannerRefuses(SystemFault):
    """500: clamd can't judge this, most often because it is larger than its `StreamMaxLength`."""

    code = "SCANNER_REFUSES"
    message = "The virus scanner can't judge this file: {reason}"


class Clamd:
    """One clamd, at `tcp://host:3310` or `unix:///run/clamav/clamd.ctl`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._path = parts.hostname, parts.port, ""
        if parts.scheme == "unix" and parts.path:
            self._path = unquote(parts.path)
        elif parts.scheme != "tcp" or not self._host or not self._port:
            raise ValueError("is neither tcp://host:port nor unix:///path")

    async def scan(self, pieces: AsyncIterator[bytes]) -> str | None:
        """What was found in it; None where it is clean. Raises ScannerAway, ScannerRefuses."""
        try:
            async with asyncio.timeout(_PATIENCE):
                reader, writer = await self._connected()
            try:
                return _verdict(await _asked(reader, writer, pieces))
            finally:
                writer.close()
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError) as error:
            raise ScannerAway(reason=type(error).__name__) from error

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._path:
            return await asyncio.open_unix_connection(self._path)
        return await asyncio.open_connection(self._host, self._port)


async def _asked(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pieces: AsyncIterator[bytes]
) -> str:
    """The scanner's words. It may speak before it has heard everything, and hang up."""
    writer.write(b"zINSTREAM\0")
    try:
        async for piece in pieces:
            writer.write(len(piece).to_bytes(4) + piece)
            async with asyncio.timeout(_PATIENCE):
                await writer.drain()
        writer.write(bytes(4))
        await writer.drain()
    except ConnectionError:
        pass  # what it said before is still to be read
    async with asyncio.timeout(_PATIENCE * 5):
        said = await reader.readuntil(b"\0")
    return said[:_LONGEST].rstrip(b"\0").decode("utf-8", "replace").strip()


def _verdict(said: str) -> str | None:
    word = said.removeprefix("stream: ")
    if word == "OK":
        return None
    if word.endswith(" FOUND"):
        return word.removesuffix(" FOUND")
    raise ScannerRefuses(reason=said.removesuffix(" ERROR")[:200])
