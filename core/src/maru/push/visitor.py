"""Who is at the other end of a socket, and what ends it."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in person on one page. `until` (seconds since 1970) is when the session must be
    looked at again."""

    tenant_id: UUID
    person_id: UUID
    session_id: UUID
    name: str
    locale: str
    until: float


class Close(IntEnum):
    """Why a socket is closed, as its close code."""

    RESTART = 1012
    BINARY = 1003
    SIGNED_OUT = 4401
    TENANT_GONE = 4403
    TOO_SLOW = 4408
    TOO_MUCH = 4429


class Refused(Exception):
    """Somebody may not enter a room, or say something there; `code` is the API's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True, slots=True)
class Entry:
    """That somebody may enter a room, and whether people there see each other."""

    presence: bool = False


class Doorkeeper(Protocol):
    """Who knows the rooms: web, which runs the plugins."""

    async def enter(self, visitor: Visitor, room: str) -> Entry:
        """Raises Refused where this person may not enter."""
        ...

    async def say(self, visitor: Visitor, room: str, data: object) -> bytes:
        """Hands on what a page says, answers what it is told in return as JSON; raises
        Refused."""
        ...
