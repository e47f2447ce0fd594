"""`maru serve`: the web process."""

from __future__ import annotations

import click
import uvicorn

from maru.app import create_app
from maru.cli.gate import pass_gate
from maru.cli.listening import Startup, StoppingServer, bound, run
from maru.cli.protocol import Protocol
from maru.observability.log import journal_of_process, own_last_words
from maru.settings import load_settings

_NEEDS = ("database_url", "redis_queue_url", "redis_cache_url", "redis_live_url", "secret_key")
FRAME = 64 << 10


@click.command()
@click.option("--gate", type=int, hidden=True)
def command(gate: int | None) -> None:
    """Serve pages and the API until a signal ends it."""
    settings = load_settings()
    settings.require(*_NEEDS)
    listener = bound(settings.host, settings.port)
    startup = Startup(create_app(settings))
    if (journal := journal_of_process()) is not None:
        own_last_words(journal)
    if gate is not None:
        pass_gate(gate)
    run(_server(startup), startup, listener)


def _server(app: Startup) -> StoppingServer:
    return StoppingServer(
        uvicorn.Config(
            app,
            loop="uvloop",
            http=Protocol,
            ws="websockets-sansio",
            ws_max_size=FRAME,
            ws_per_message_deflate=False,
            interface="asgi3",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # the edge reads them itself, from configured proxies alone
            timeout_graceful_shutdown=10,
        )
    )
