"""`maru push`: the process that holds the sockets."""

from __future__ import annotations

import resource
import socket

import click
import uvicorn

from maru.cli.listening import Startup, StoppingServer, bound, run
from maru.push.socket import Http, Socket
from maru.pusher.app import PushApp, create_push
from maru.settings import load_settings

_NEEDS = (
    *("database_url", "database_system_url", "redis_queue_url", "redis_cache_url"),
    *("redis_live_url", "secret_key"),
)
FRAME = 64 << 10
HEARTBEAT = 20.0


@click.command()
def command() -> None:
    """Hold sockets and event streams until a signal ends it."""
    settings = load_settings()
    settings.require(*_NEEDS)
    _as_many_as_allowed()
    listener = bound(settings.push_host, settings.push_port, fields=("push_host", "push_port"))
    app = create_push(settings)
    startup = Startup(app)
    run(PushServer(config_of(startup), app), startup, listener)


class PushServer(StoppingServer):
    """Tells its pages when to come back before it closes them."""

    def __init__(self, config: uvicorn.Config, app: PushApp) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.farewell()
        await super().shutdown(sockets)


def config_of(app: Startup | PushApp) -> uvicorn.Config:
    """How uvicorn serves sockets: no compression (four times the memory), small frames, pings."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=Http,
        ws=Socket,
        ws_max_size=FRAME,
        ws_ping_interval=HEARTBEAT,
        ws_ping_timeout=HEARTBEAT,
        ws_per_message_deflate=False,
        interface="asgi3",
        lifespan="on",
        backlog=4096,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=3,
    )


def _as_many_as_allowed() -> None:
    """Each socket is a file; the soft limit is often a thousand."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
