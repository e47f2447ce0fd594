"""What goes over a socket: JSON out, JSON in, and the bytes of a frame that all may share."""

from collections.abc import Mapping
from typing import Any, Final, Literal, cast

import orjson

Op = Literal["subscribe", "unsubscribe", "resume", "ping", "message", "presence"]
OPS: Final = frozenset({"subscribe", "unsubscribe", "resume", "ping", "message", "presence"})
ROOMLESS: Final = frozenset({"ping", "presence"})
LONGEST_ROOM: Final = 200


class BadFrame(Exception):
    """What a client has sent is no frame of ours."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Frame:
    """One message on its way: made once, sent to many, as a frame or as a server-sent event."""

    __slots__ = ("_event", "_framed", "_id", "event", "text")

    def __init__(
        self, room: str | None, id_: str | None, event: str, data: bytes | str, crowd: int = 0
    ) -> None:
        """`crowd` is how many pages hear it, where that is so many that they should take turns."""
        data = data if isinstance(data, str) else data.decode()
        named = {"room": room, "id": id_, "event": event}
        head = orjson.dumps(named | {"listeners": crowd} if crowd else named).decode()
        self.text = f'{head[:-1]},"data":{data}}}'
        self.event = event
        self._id = id_
        self._framed: bytes | None = None
        self._event: bytes | None = None

    @property
    def framed(self) -> bytes:
        """As a whole, unmasked WebSocket text frame."""
        if self._framed is None:
            body = self.text.encode()
            self._framed = _head(len(body)) + body
        return self._framed

    @property
    def sent_event(self) -> bytes:
        """As a server-sent event, whose data is the same JSON."""
        if self._event is None:
            id_ = "" if self._id is None else f"id: {self._id}\n"
            self._event = f"{id_}event: {self.event}\ndata: {self.text}\n\n".encode()
        return self._event


def _head(length: int) -> bytes:
    if length < 126:
        return bytes((0x81, length))
    if length < 1 << 16:
        return b"\x81\x7e" + length.to_bytes(2, "big")
    return b"\x81\x7f" + length.to_bytes(8, "big")


def told(room: str | None, event: str, data: Mapping[str, Any], id_: str | None = None) -> Frame:
    """A frame for one client."""
    return Frame(room, id_, event, orjson.dumps(data, default=str))


def error(code: str, message: str, room: str | None = None) -> Frame:
    """A refusal, which leaves the socket open."""
    return told(room, "error", {"code": code, "message": message})


def read_frame(text: str) -> tuple[Op, str, Mapping[str, Any]]:
    """A client's frame as operation, room and the whole; raises BadFrame."""
    try:
        frame = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise BadFrame("BAD_REQUEST", "A frame is a JSON object") from None
    if not isinstance(frame, dict):
        raise BadFrame("BAD_REQUEST", "A frame is a JSON object")
    op, room = frame.get("op"), frame.get("room")
    if not isinstance(op, str) or op not in OPS:
        raise BadFrame("UNKNOWN_OP", "There is no such operation")
    if op not in ROOMLESS and not (isinstance(room, str) and 0 < len(room) <= LONGEST_ROOM):
        raise BadFrame("BAD_REQUEST", "A room is a text of 1 to 200 characters")
    return cast(Op, op), room if isinstance(room, str) else "", frame
