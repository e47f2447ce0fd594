"""Secrets of factors in the vault of their unit's tenant."""

from maru.crypto.vault import Vault
from maru.db.unit import Unit


async def seal(vault: Vault, unit: Unit, text: str, about: str) -> str:
    """What is stored in place of a text."""
    assert unit.scope.tenant is not None
    return await vault.seal(unit.scope.tenant, text, about)


async def unseal(vault: Vault, unit: Unit, sealed: str, about: str) -> str:
    """The text again."""
    assert unit.scope.tenant is not None
    return await vault.open(unit.scope.tenant, sealed, about)
