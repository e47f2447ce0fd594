"""What still stands between a proved identity and a session: a second factor, a new password.

Every way of signing in proves who somebody is and then asks here. Between two steps nothing is kept
but a ticket in the hands of who signs in: signed, ten minutes long, worth something for one tenant,
one person and, in browsers, one browser, and void as soon as the password is another.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Protocol
from uuid import UUID

from maru.db.unit import Unit
from maru.identity import queries
from maru.identity.errors import (
    InvalidCredentials,
    PasswordChangeRequired,
    StepRequired,
    TenantMismatch,
    TokenInvalid,
)
from maru.identity.policy import PolicyOf, usual_policy
from maru.identity.queries import Standing
from maru.identity.tokens import TokenKind, ids

ORDER: Final = ("second_factor", "new_password")
TICKET_TYPE: Final = "maru-step+jwt"
TICKET_LIFE: Final = 600


@dataclass(frozen=True, slots=True, repr=False)
class Proved:
    """Whose identity was proved and by which method (`password`, `oidc:<key>`, …), and the steps
    done since.

    `checked` is the hash that the password fitted, `renewed` one to take its place; `mark` is how
    the password stood when the ticket was signed.
    """

    tenant_id: UUID
    person_id: UUID
    method: str
    done: tuple[str, ...] = ()
    checked: str | None = None
    renewed: str | None = None
    mark: str | None = None

    def past(self, step: str, mark: str | None = None) -> "Proved":
        """The same after one more step."""
        return replace(self, done=(*self.done, step), mark=mark or self.mark)


class Step(Protocol):
    """Something that has to be done before a session opens. `name` is one of `ORDER`; its page is
    `/login/<name>` with dashes, `refusal` what programs are told."""

    name: ClassVar[str]
    refusal: ClassVar[type[StepRequired]]

    async def due(self, unit: Unit, person_id: UUID, method: str) -> bool:
        """Whether this person has to, having proved themselves by this method."""
        ...


class NewPassword:
    """The step of people whose password somebody else knows, or is older than the tenant allows:
    they choose another."""

    name: ClassVar[str] = "new_password"
    refusal: ClassVar[type[StepRequired]] = PasswordChangeRequired

    def __init__(self, policy_of: PolicyOf, clock: Callable[[], float]) -> None:
        self._policy_of = policy_of
        self._clock = clock

    async def due(self, unit: Unit, person_id: UUID, method: str) -> bool:
        """Only whoever came by that password has to."""
        if method != "password":
            return False
        now = await standing(unit, person_id)
        return now.must_change_password or await self._old(unit, now)

    async def _old(self, unit: Unit, now: Standing) -> bool:
        assert unit.scope.tenant is not None
        days = (await self._policy_of(unit.scope.tenant)).change_after_days
        if days is None or now.password_changed_at is None:
            return False
        return now.password_changed_at.timestamp() + days * 86_400 < self._clock()


class Steps:
    """The steps of this installation, in the order of `ORDER`, and their tickets."""

    def __init__(
        self,
        kind: TokenKind,
        clock: Callable[[], float],
        policy_of: PolicyOf = usual_policy,
    ) -> None:
        self._kind = kind
        self._clock = clock
        self._steps: dict[str, Step] = {}
        self.add(NewPassword(policy_of, clock))

    def add(self, step: Step) -> None:
        """Has people take this step; called while the house is furnished."""
        assert step.name in ORDER, step.name
        self._steps[step.name] = step

    async def remaining(self, unit: Unit, proved: Proved) -> list[Step]:
        """What the person still has to do, in order."""
        return [
            step
            for name in ORDER
            if name not in proved.done and (step := self._steps.get(name)) is not None
            if await step.due(unit, proved.person_id, proved.method)
        ]

    async def check(self, unit: Unit, proved: Proved) -> Standing:
        """How the person stands now; raises InvalidCredentials for who may not sign in (any
        more)."""
        now = await standing(unit, proved.person_id)
        if now.state != "active" or proved.checked not in (None, now.password_hash):
            raise InvalidCredentials
        if proved.mark not in (None, mark_of(now)):
            raise TokenInvalid
        return now

    async def stop(
        self, unit: Unit, proved: Proved, standing: Standing, browser: str | None
    ) -> None:
        """Raises StepRequired with a ticket where a step remains."""
        for step in await self.remaining(unit, proved):
            raise step.refusal(step.name, self.ticket(proved, mark_of(standing), browser))

    def ticket(self, proved: Proved, mark: str, browser: str | None) -> str:
        """What takes a sign-in to its next step; `browser` is the visitor's cookie."""
        return self._kind.sign(
            {
                "aud": str(proved.tenant_id),
                "sub": str(proved.person_id),
                "method": proved.method,
                "done": list(proved.done),
                "mark": mark,
                "browser": None if browser is None else _digest(browser),
                "exp": int(self._clock()) + TICKET_LIFE,
            }
        )

    def read(self, tenant_id: UUID, ticket: str, browser: str | None) -> Proved:
        """What a ticket says; raises TokenInvalid, TokenExpired or TenantMismatch."""
        claims = self._kind.claims(ticket)
        tenant, person = ids(claims, "aud", "sub")
        if tenant != tenant_id:
            raise TenantMismatch
        if claims.get("browser") != (None if browser is None else _digest(browser)):
            raise TokenInvalid
        method, done, mark = (claims.get(name) for name in ("method", "done", "mark"))
        return Proved(tenant, person, _text(method), tuple(_texts(done)), mark=_text(mark))

    async def resume(
        self, unit: Unit, ticket: str, step: str, browser: str | None = None
    ) -> Proved:
        """Who stands before this step in the unit's tenant; raises as `read`, and StepRequired
        where another comes first."""
        assert unit.scope.tenant is not None
        proved = self.read(unit.scope.tenant, ticket, browser)
        await self.check(unit, proved)
        first = next(iter(await self.remaining(unit, proved)), None)
        if first is None:
            raise TokenInvalid
        if first.name != step:
            raise first.refusal(first.name, ticket)
        return proved


async def standing(unit: Unit, person_id: UUID) -> Standing:
    """How this person of the unit's tenant stands; raises InvalidCredentials for nobody."""
    for found in await unit.read(queries.STANDING, id=person_id):
        return found
    raise InvalidCredentials


def mark_of(standing: Standing) -> str:
    """Which password a person has, as a ticket tells it: it says nothing about the password, and a
    hash made anew with another cost is the same one."""
    changed = standing.password_changed_at
    return "" if changed is None else changed.isoformat()


def path_of(step: str) -> str:
    """A step's name as addresses have it."""
    return step.replace("_", "-")


def _digest(visitor: str) -> str:
    return hashlib.sha256(visitor.encode()).hexdigest()[:32]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TokenInvalid
    return value


def _texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise TokenInvalid
    return [_text(one) for one in value]
