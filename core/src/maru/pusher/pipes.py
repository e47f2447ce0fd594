"""The two kinds of connection: a WebSocket, and server-sent events over plain HTTP."""

import asyncio
from typing import Any, Final
from urllib.parse import parse_qs

from maru.api.exchange import Header, Receive, Send
from maru.push.client import ROOMS, Client, Floor
from maru.push.frames import Frame, error
from maru.push.socket import EXTENSION, Socket
from maru.push.visitor import Close, Refused
from maru.pusher.admission import Admitted

QUIET: Final = 15.0
LINGER: Final = 1.0


async def serve_socket(
    floor: Floor, admitted: Admitted, scope: Any, receive: Receive, send: Send
) -> None:
    """One WebSocket from its acceptance to its end."""
    socket: Socket = scope["extensions"][EXTENSION]
    accept: dict[str, Any] = {"type": "websocket.accept", "headers": list(admitted.headers)}
    if admitted.subprotocol is not None:
        accept["subprotocol"] = admitted.subprotocol
    await send(accept)
    client = Client(floor, admitted.visitor, socket)
    socket.on_ready = client.flush
    scope.clear()  # the handshake's headers would stay for as long as the socket
    client.arrive()
    try:
        await _hear(client, receive)
    finally:
        client.depart()


async def _hear(client: Client, receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        text = message.get("text")
        if text is None:
            client.close(Close.BINARY, "text frames only")
        elif not client.closed:
            await client.hear(text)


class EventPipe:
    """Server-sent events: one frame under way at a time, so the client's queue is the only one."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self.ended = False
        self.ready = True
        self._transport = transport
        self._frame: Frame | None = None
        self._woken = asyncio.Event()

    def write(self, frame: Frame) -> None:
        """Let this frame go out next."""
        self._frame, self.ready = frame, False
        self._woken.set()

    def leave(self, code: int, reason: str) -> None:
        """End the stream; one that nobody reads is broken off."""
        self.ended = True
        self._woken.set()
        asyncio.get_running_loop().call_later(LINGER, self._transport.abort)

    async def next(self) -> bytes | None:
        """What goes out next: a frame, a comment now and then, None at the end."""
        try:
            async with asyncio.timeout(QUIET):
                await self._woken.wait()
        except TimeoutError:
            return b": still here\n\n"
        self._woken.clear()
        frame, self._frame = self._frame, None
        if frame is None:
            return None if self.ended else b""
        return frame.sent_event

    def sent(self) -> None:
        """What went out has gone."""
        if self._frame is None:
            self.ready = True


async def serve_events(
    floor: Floor,
    admitted: Admitted,
    scope: Any,
    receive: Receive,
    send: Send,
    headers: list[Header],
) -> None:
    """One stream of server-sent events, for the rooms that its address names."""
    pipe = EventPipe(scope["extensions"][EXTENSION])
    client = Client(floor, admitted.visitor, pipe)
    start = [(b"content-type", b"text/event-stream"), *headers, *admitted.headers]
    await send({"type": "http.response.start", "status": 200, "headers": start})
    client.arrive()
    gone = asyncio.ensure_future(_until_gone(receive, client, pipe))
    entering = asyncio.ensure_future(_enter(client, scope))
    try:
        while (part := await pipe.next()) is not None:
            await send({"type": "http.response.body", "body": part, "more_body": True})
            pipe.sent()
            client.flush()
        await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        entering.cancel()
        client.depart()


async def _until_gone(receive: Receive, client: Client, pipe: EventPipe) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    client.close(Close.RESTART, "gone")


async def _enter(client: Client, scope: Any) -> None:
    """Into each room, with what was missed since the last event that the browser has seen."""
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("room", [])
    heads = dict(scope["headers"])
    since = heads.get(b"last-event-id", b"").decode("latin-1") or None
    for room in dict.fromkeys(asked[: ROOMS + 1]):
        try:
            await client.enter(room, since)
        except Refused as refusal:
            client.offer(error(refusal.code, refusal.message, room))
