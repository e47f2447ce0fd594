"""The step `second_factor`: asked of whoever has one or must have one, before a session opens."""

from typing import ClassVar
from uuid import UUID

from maru.db.unit import Unit
from maru.identity.errors import StepRequired
from maru.identity.factors.factors import Factors


class SecondFactorRequired(StepRequired):
    """403: a code or a passkey is needed besides the password."""

    code = "SECOND_FACTOR_REQUIRED"
    message = "Please confirm your sign-in with your second factor"


class SecondFactor:
    """Asked after a password, of the directory too. A passkey that has checked its owner is two
    factors in one, and a provider elsewhere (`oidc:…`) asks for its own."""

    name: ClassVar[str] = "second_factor"
    refusal: ClassVar[type[StepRequired]] = SecondFactorRequired

    def __init__(self, factors: Factors) -> None:
        self._factors = factors

    async def due(self, unit: Unit, person_id: UUID, method: str) -> bool:
        """Whether the person has a factor, or has to set one up now."""
        if method == "passkey" or method.startswith("oidc:"):
            return False
        if await self._factors.has(unit, person_id):
            return True
        return await self._factors.must(unit, person_id)
