"""`maru serve`: the web process."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import click
import uvicorn

from maru.app import create_app
from maru.cli.gate import pass_gate
from maru.observability.log import journal_of_process, own_last_words
from maru.settings import SettingFault, Settings, load_settings

_NEEDS = ("database_url", "redis_queue_url", "redis_cache_url", "redis_live_url", "secret_key")

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Message, _Receive, _Send], Awaitable[None]]


@click.command()
@click.option("--gate", type=int, hidden=True)
def command(gate: int | None) -> None:
    """Serve pages and the API until a signal ends it."""
    settings = load_settings()
    settings.require(*_NEEDS)
    listener = _bound(settings)
    startup = _Startup(create_app(settings))
    if (journal := journal_of_process()) is not None:
        own_last_words(journal)
    if gate is not None:
        pass_gate(gate)
    try:
        _server(startup, settings).run(sockets=[listener])
    except SystemExit:
        if startup.fault is not None:
            raise startup.fault from None
        raise


class _Startup:
    """Keeps a setting's fault out of the server's log, so that it can be said in one line."""

    def __init__(self, app: _App) -> None:
        self._app = app
        self.fault: SettingFault | None = None

    def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> Awaitable[None]:
        if scope["type"] == "lifespan":
            return self._lifespan(scope, receive, send)
        return self._app(scope, receive, send)

    async def _lifespan(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        async def pass_on(message: _Message) -> None:
            if message["type"] != "lifespan.startup.failed":
                await send(message)

        try:
            await self._app(scope, receive, pass_on)
        except SettingFault as fault:
            self.fault = fault
            await send({"type": "lifespan.startup.failed"})


def _bound(settings: Settings) -> socket.socket:
    """A socket that has its port already but listens only when the application has started."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise SettingFault("MARU_HOST", f"{settings.host}: {error.strerror}") from None
    listener = socket.socket(family, kind, proto)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise SettingFault("MARU_PORT", f"{settings.host}:{settings.port}: {reason}") from None
    return listener


class _Server(uvicorn.Server):
    """Ends with status 0 when a signal has stopped it cleanly; uvicorn would raise it again."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            yield
            self._captured_signals.clear()


def _server(app: _Startup, settings: Settings) -> uvicorn.Server:
    return _Server(
        uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            interface="asgi3",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # the edge reads them itself, from configured proxies alone
            timeout_graceful_shutdown=10,
        )
    )
