"""The whole way in: a password, then a second factor where the operator has one or must have one.

Between the two nothing is kept but a ticket in the hands of who signs in: signed, ten minutes long,
for one operator and, in browsers, one browser, and void as soon as the password is another.
"""

import hashlib
import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

from maru.crypto.keys import Keys
from maru.db.database import Database
from maru.identity.errors import TokenInvalid
from maru.identity.factors.step import SecondFactorRequired
from maru.identity.sign_in import Origin
from maru.identity.steps import TICKET_LIFE
from maru.identity.tokens import TokenKind, ids
from maru.operators.factors.factors import OperatorFactors
from maru.operators.installation import SCOPE
from maru.operators.queries import CREDENTIALS_OF, Credentials
from maru.operators.sessions import Kind, Opened, OperatorSessions

TYPE: Final = "maru-operator-step+jwt"
STEP: Final = "second_factor"


class Entrance:
    """Where operators come in, by browser or by program."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        sessions: OperatorSessions,
        factors: OperatorFactors,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database, self._clock = database, clock
        self._tickets = TokenKind(keys, TYPE, clock)
        self.sessions, self.factors = sessions, factors

    async def by_password(
        self, username: str, password: str, kind: Kind, origin: Origin, browser: str | None = None
    ) -> Opened:
        """Opens a session; raises InvalidCredentials, TooManyAttempts, or SecondFactorRequired
        with a ticket."""
        proved = await self.sessions.prove(username, password, origin)
        if await self._asks(proved.found.id):
            raise SecondFactorRequired(STEP, self._ticket(proved.found, browser))
        return await self.sessions.enter(proved.found, kind, origin, renewed=proved.renewed)

    async def standing(self, ticket: str, browser: str | None = None) -> Credentials:
        """Whose second factor a ticket asks for; raises TokenInvalid or TokenExpired."""
        claims = self._tickets.claims(ticket)
        (operator_id,) = ids(claims, "sub")
        unit = self._database.unit(SCOPE, readonly=True)
        found = next(iter(await unit.read(CREDENTIALS_OF, id=operator_id)), None)
        if found is None or found.state != "active" or claims.get("mark") != _mark(found):
            raise TokenInvalid
        if claims.get("browser") != _digest(browser):
            raise TokenInvalid
        return found

    async def past(self, found: Credentials, kind: Kind, origin: Origin) -> Opened:
        """Opens the session of an operator whose second factor was right."""
        return await self.sessions.enter(found, kind, origin)

    async def _asks(self, operator_id: UUID) -> bool:
        async with self._database.unit(SCOPE, readonly=True) as unit:
            if await self.factors.has(unit, operator_id):
                return True
            return await self.factors.must(unit, operator_id)

    def _ticket(self, found: Credentials, browser: str | None) -> str:
        said = {"sub": str(found.id), "mark": _mark(found), "browser": _digest(browser)}
        return self._tickets.sign({**said, "exp": int(self._clock()) + TICKET_LIFE})


def _mark(found: Credentials) -> str:
    """Which password there is; says nothing about it, since the hash is salted."""
    return _digest(found.password_hash) or ""


def _digest(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()[:32]
