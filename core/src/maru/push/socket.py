"""uvicorn's protocols with what a hub needs of a socket and ASGI doesn't offer: whether it takes a
frame without waiting, the bytes of a frame that thousands share, and breaking off.

They are handed to the application in the scope: `extensions["maru.socket"]`.
"""

from collections.abc import Callable
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame as Incoming

from maru.push.frames import Frame

EXTENSION: Final = "maru.socket"
FULL: Final = 64 << 10
LINGER: Final = 1.0
FRAGMENTS: Final = 256
_POLICY: Final = 1008
_NOT_TEXT: Final = 1007


class Socket(WebSocketsSansIOProtocol):
    """A WebSocket. `on_ready` is called when it takes frames again."""

    on_ready: Callable[[], None] | None = None
    _deaf = False

    @property
    def ready(self) -> bool:
        """Whether a frame can be written now."""
        open_ = self.handshake_complete and not self.close_sent and not self.disconnected
        return open_ and self.writable.is_set()

    def write(self, frame: Frame) -> None:
        """Write a frame that was made once for all."""
        self.transport.write(frame.framed)

    def leave(self, code: int, reason: str) -> None:
        """Close; a client that doesn't answer, or doesn't even read, is broken off."""
        if self.disconnected or self.close_sent:
            return
        try:
            self.conn.send_close(code, reason)
        except InvalidState:
            return
        self.transport.write(b"".join(self.conn.data_to_send()))
        self._end(code, reason)
        self.close_timer = self.loop.call_later(LINGER, self.transport.abort)

    def _end(self, code: int, reason: str) -> None:
        """Tell the application; a close frame reaches only a client whose own frames are read."""
        self.stop_keepalive()
        self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        transport.set_write_buffer_limits(FULL)

    def connection_lost(self, exc: Exception | None) -> None:
        self.on_ready = None
        super().connection_lost(exc)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.on_ready is not None:
            self.on_ready()

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            cast(dict[str, Any], self.scope)["extensions"][EXTENSION] = self

    def data_received(self, data: bytes) -> None:
        if not self._deaf:
            super().data_received(data)

    def handle_cont(self, event: Incoming) -> None:
        if len(self.frames) >= FRAGMENTS:
            self._fail(_POLICY, "too many fragments")
        elif not self._deaf:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self._fail(_NOT_TEXT, "not UTF-8")
                return
        super().send_receive_event_to_app()

    def _fail(self, code: int, reason: str) -> None:
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()

    def handle_parser_exception(self) -> None:
        """Say why, and read on for a moment without listening: a socket that is closed over unread
        data is reset, and the client would never see the reason."""
        self._deaf = True
        self.frames = []
        self.transport.write(b"".join(self.conn.data_to_send()))
        sent = self.conn.close_sent
        if not self.close_sent:
            self._end(sent.code if sent else _POLICY, sent.reason if sent else "")
        self.close_timer = self.loop.call_later(LINGER, self.transport.abort)


class Http(HttpToolsProtocol):
    """HTTP whose connection an application may break off."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cast(dict[str, Any], self.scope)["extensions"] = {EXTENSION: self.transport}
