"""Everybody in one room, by python-socketio on uvicorn; `/emit?rounds=10` sends to all of them."""

from typing import Any
from urllib.parse import parse_qs

import socketio

TEXT = "x" * 100

server = socketio.AsyncServer(async_mode="asgi", ping_interval=3600, ping_timeout=3600)


async def emit(scope: Any, receive: Any, send: Any) -> None:
    """Send the text to everybody, this many times."""
    if scope["type"] != "http":
        return
    asked = parse_qs(scope["query_string"].decode())
    for _ in range(int(asked.get("rounds", ["0"])[0])):
        await server.emit("news", {"text": TEXT})
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"done"})


app = socketio.ASGIApp(server, other_asgi_app=emit)
