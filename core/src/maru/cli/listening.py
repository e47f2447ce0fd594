"""What the processes with a port share: a socket bound before the work begins, faults said in one
line, and a clean end at a signal."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Final

import uvicorn

from maru.settings import SettingFault, env_name

# uvloop takes one connection of a listening socket in a turn of its loop. When turns take long,
# those who come wait behind those who are served, and a storm of reconnects lasts minutes.
TAKEN_AT_ONCE: Final = 16

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class Startup:
    """Keeps a setting's fault out of the server's log, so that it can be said in one line."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.fault: SettingFault | None = None

    def __call__(self, scope: Message, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] == "lifespan":
            return self._lifespan(scope, receive, send)
        return self._app(scope, receive, send)

    async def _lifespan(self, scope: Message, receive: Receive, send: Send) -> None:
        async def pass_on(message: Message) -> None:
            if message["type"] != "lifespan.startup.failed":
                await send(message)

        try:
            await self._app(scope, receive, pass_on)
        except SettingFault as fault:
            self.fault = fault
            await send({"type": "lifespan.startup.failed"})


def bound(host: str, port: int, *, fields: tuple[str, str] = ("host", "port")) -> socket.socket:
    """A socket that has its port already but listens only when the application has started."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise SettingFault(env_name(fields[0]), f"{host}: {error.strerror}") from None
    listener = socket.socket(family, kind, proto)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise SettingFault(env_name(fields[1]), f"{host}:{port}: {reason}") from None
    return listener


def several(listener: socket.socket) -> list[socket.socket]:
    """The listener several times over, so that a turn of the loop takes several connections."""
    return [listener, *(listener.dup() for _ in range(TAKEN_AT_ONCE - 1))]


class StoppingServer(uvicorn.Server):
    """Ends with status 0 when a signal has stopped it cleanly; uvicorn would raise it again."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def run(server: StoppingServer, startup: Startup, listener: socket.socket) -> None:
    """Serve until a signal; raises the fault of a setting."""
    try:
        server.run(sockets=several(listener))
    except SystemExit:
        if startup.fault is not None:
            raise startup.fault from None
        raise
