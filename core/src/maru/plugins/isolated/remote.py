"""The way to an isolated plugin's process: a few connections, a deadline for each call, and never
more waiting than is good for whoever asks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from maru.crypto.keys import Keys
from maru.plugins.isolated import wire
from maru.plugins.isolated.conversation import Conversation, Grant, nothing
from maru.plugins.isolated.pace import Pace
from maru.plugins.isolated.places import socket_of, token_of
from maru.plugins.isolated.refusals import PluginAway, PluginDied, RanAway, raised

AT_ONCE: Final = 8
"""Calls of one plugin that one process of ours has under way; more are refused at once."""

Sign = Callable[[str, UUID, UUID | None, float], str]
Nudge = Callable[[str], Awaitable[None]]


def nowhere(key: str) -> "Remote":
    """A way to a plugin that isn't gone, for those who only look at what it declares."""

    def sign(*_: object) -> str:
        raise PluginAway(plugin=key)

    async def nudge(_: str) -> None:
        raise PluginAway(plugin=key)

    return Remote(key, Path("/nowhere"), "", sign, nudge)


class Remotes:
    """The ways of one process to all isolated plugins."""

    def __init__(self, data: Path, keys: Keys, sign: Sign, nudge: Nudge) -> None:
        self._data, self._keys, self._sign, self._nudge = data, keys, sign, nudge
        self._made: dict[str, Remote] = {}

    def of(self, key: str) -> "Remote":
        """The way to this plugin's process."""
        if key not in self._made:
            path, token = socket_of(self._data, key), token_of(self._keys, key)
            self._made[key] = Remote(key, path, token, self._sign, self._nudge)
        return self._made[key]

    async def close(self) -> None:
        """Close all connections."""
        for remote in self._made.values():
            await remote.close()


class Remote:
    """One isolated plugin as one process of ours sees it."""

    def __init__(self, key: str, path: Path, token: str, sign: Sign, nudge: Nudge) -> None:
        """`nudge` wakes others after a commit over there, which has no Redis."""
        self.key, self.nudge = key, nudge
        self._path, self._token, self._sign = path, token, sign
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._busy = 0
        self.jobs = 0
        self.pace = Pace()

    async def ask(
        self,
        question: Mapping[str, Any],
        tenant: UUID,
        person: UUID | None,
        seconds: float,
        grant: Grant = nothing,
    ) -> dict[str, Any]:
        """The answer; its error is raised here. TimeoutError after the deadline, PluginAway where
        nobody answers. `grant` sees to what is wished for until then."""
        ticket = self._sign(self.key, tenant, person, seconds)
        answer = await self._exchange({**question, "ticket": ticket}, seconds, grant)
        error = answer.get("error")
        if isinstance(error, dict):
            raise raised(self.key, error)
        return answer

    async def _exchange(
        self, message: dict[str, Any], seconds: float, grant: Grant
    ) -> dict[str, Any]:
        if self._busy >= AT_ONCE:
            raise PluginAway(plugin=self.key)
        self._busy += 1
        try:
            async with asyncio.timeout(seconds):
                return await self._one(message, grant)
        finally:
            self._busy -= 1

    async def _one(self, message: dict[str, Any], grant: Grant) -> dict[str, Any]:
        reader, writer = await self._connection()
        try:
            writer.write(wire.packed(message))
            await writer.drain()
            async with Conversation(reader, writer, grant) as conversation:
                answer = await conversation.answer()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.transport.abort()
            raise PluginDied(plugin=self.key) from None
        except (wire.TooLarge, wire.Strange) as fault:
            writer.transport.abort()
            raise RanAway(f"{self.key} answered what it may not: {fault}") from None
        except BaseException:
            writer.transport.abort()  # the other side gives up what nobody waits for
            raise
        self._idle.append((reader, writer))
        return answer

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.transport.abort()
        try:
            reader, writer = await asyncio.open_unix_connection(self._path)
        except OSError:
            raise PluginAway(plugin=self.key) from None
        writer.write(wire.packed({"token": self._token}))
        return reader, writer

    async def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            _, writer = self._idle.pop()
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
