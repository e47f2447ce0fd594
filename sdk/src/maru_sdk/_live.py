"""Rooms that open pages listen to, and who may enter them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from maru_sdk._declarations import Declaration, Handler
from maru_sdk._model import Model

_FIELD = re.compile(r"\{([a-z_][a-z0-9_]*)\}")


class Rooms(Protocol):
    """Tells open pages what has happened, per tenant.

    A room is one of a channel of this plugin (`post.room(post_id=…)`), `tenant` (everybody who is
    signed in) or `me:<person id>` (all pages of one person). Events that this plugin sends to the
    latter two are named `<key>.<event>` there.
    """

    async def send(self, room: str, event: str, data: Model) -> None:
        """Sends with the transaction at hand or not at all; pages that were away for a moment get
        it when they are back. Up to 32 KB."""
        ...

    async def send_now(self, room: str, event: str, data: Model) -> None:
        """Sends at once to whoever listens at this moment, whatever becomes of the transaction:
        for progress and typing. It may be lost."""
        ...


@dataclass(frozen=True, eq=False)
class Channel(Declaration):
    """A kind of room, named `<key>.<function>`; the function says who may enter. Made by
    `channel`."""

    rest: str = ""
    presence: bool = False
    on_message: Handler | None = None
    fields: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "fields", tuple(_FIELD.findall(self.rest)))

    def room(self, **values: Any) -> str:
        """The name of one room: `post.room(post_id=id)` is `board.post:0192…`."""
        if set(values) != set(self.fields):
            raise TypeError(f"a room of {self.name} is named by {', '.join(self.fields)}")
        return f"{self.name}:{self.rest.format(**values)}"

    def read(self, rest: str) -> dict[str, str] | None:
        """The values in what follows the colon of a room's name; None where it is no room of this
        channel."""
        parts = _FIELD.split(self.rest)
        pattern = "".join(
            f"(?P<{part}>[^/:\\s]{{1,100}})" if at % 2 else re.escape(part)
            for at, part in enumerate(parts)
        )
        found = re.fullmatch(pattern, rest)
        return None if found is None else found.groupdict()


def channel(
    rest: str = "", *, presence: bool = False, on_message: Handler | None = None
) -> Callable[[Handler], Channel]:
    """A kind of room: `@channel("{post_id}")` on `async def post(ctx: Context, room: PostRoom) ->
    None`.

    Its rooms are named `<key>.<function>:<rest>` (`board.post:0192…`); `room` is a Model whose
    fields are those of `rest`, absent where there are none. The function is called when a page
    asks to enter, and again when the person's rights change: it raises PermissionDenied or
    NotFound where they may not. It runs read-only and has two seconds. Where the plugin is off,
    its rooms are gone.

    `on_message` is what a page may say there: `async def typing(ctx: Context, room: PostRoom,
    message: Typing) -> Heard | None`, in one transaction; what it returns goes to the page that
    asked. `presence=True` tells those in the room who else is there.
    """
    return lambda function: Channel(function, rest, presence, on_message)
