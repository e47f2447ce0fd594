"""A sign-in under way: sealed into the browser that began it, so that nobody else can end it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final
from uuid import UUID

import orjson

from maru.crypto.sealing import SecretUnreadable
from maru.crypto.vault import Vault
from maru.federation.errors import BegunElsewhere

LIFE: Final = 600
_ABOUT: Final = "a sign-in under way"


@dataclass(frozen=True, slots=True, repr=False)
class Begun:
    """What the answer will be held against. `person`: who links an account to their own."""

    state: str
    provider: str
    nonce: str
    verifier: str
    there: str
    at: float
    person: str = ""

    @property
    def id(self) -> UUID:
        """The id under which its answer is marked as used."""
        return UUID(self.state)


async def sealed(vault: Vault, tenant_id: UUID, begun: Begun) -> str:
    """The value of the browser's cookie."""
    return await vault.seal(tenant_id, orjson.dumps(asdict(begun)).decode(), _ABOUT)


async def opened(
    vault: Vault, tenant_id: UUID, cookie: str, state: str, clock: Callable[[], float]
) -> Begun:
    """The sign-in that this browser began and this answer belongs to; raises BegunElsewhere."""
    try:
        begun = Begun(**orjson.loads(await vault.open(tenant_id, cookie, _ABOUT)))
    except (SecretUnreadable, ValueError, TypeError) as error:
        raise BegunElsewhere("no cookie of ours") from error
    if begun.state != state:
        raise BegunElsewhere("the state is another's")
    if not begun.at <= clock() < begun.at + LIFE:
        raise BegunElsewhere("begun too long ago")
    return begun
