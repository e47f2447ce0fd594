"""Ending mails by a link in them, without signing in: by a click of the reader's mail program
(RFC 8058), or on a page. A link is good for a year, and does the same however often it is used."""

import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from maru.crypto.keys import Keys
from maru.identity.errors import NotSignedIn
from maru.identity.tokens import TokenKind, ids
from maru.notifications.choosing import Chosen, choices, choose
from maru.notifications.errors import UnsubscribeLinkOver
from maru.plugins.context import Call
from maru.tenancy.homes import Homes

TYPE: Final = "maru-leave+jwt"
LIFE: Final = 366 * 86_400


@dataclass(frozen=True)
class LeavingLinks:
    """Where a person ends such mails, and where their mail program does."""

    page: str
    at_once: str


@dataclass(frozen=True)
class Left:
    """Who has ended mails of which kind; of none, of all."""

    person: UUID
    kind: str


class Leaving:
    """Makes such links, and does what they say."""

    def __init__(self, homes: Homes, keys: Keys) -> None:
        self._homes, self._tokens = homes, TokenKind(keys, TYPE, time.time)

    def url(self, call: Call, kind: str) -> LeavingLinks:
        """Those of the person at hand."""
        said = {
            "sub": str(call.ctx("core").me.id),
            "aud": str(call.tenant.id),
            "exp": int(time.time()) + LIFE,
            "kind": kind,
        }
        token, home = self._tokens.sign(said), self._homes.of_tenant(call.tenant.id)
        return LeavingLinks(
            page=f"{home}/notifications/leave/{token}",
            at_once=f"{home}/api/v1/notifications/leave/{token}",
        )

    def read(self, call: Call, token: str) -> Left:
        """What a link says; raises UnsubscribeLinkOver."""
        try:
            claims = self._tokens.claims(token)
            person, tenant = ids(claims, "sub", "aud")
        except NotSignedIn as error:
            raise UnsubscribeLinkOver from error
        kind = claims.get("kind")
        if tenant != call.tenant.id or not isinstance(kind, str):
            raise UnsubscribeLinkOver
        return Left(person, kind)

    async def leave(self, call: Call, token: str) -> Left:
        """Ends the mails that a link says."""
        left = self.read(call, token)
        gone = [
            Chosen(kind=one.name, channel="email", how="off")
            for one in await choices(call, left.person)
            if not one.always and left.kind in ("", one.name)
        ]
        await choose(call, left.person, gone)
        return left
