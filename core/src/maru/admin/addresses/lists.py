"""The lists of a tenant, kept in every process with its other settings."""

from uuid import UUID

from pydantic import Field

from maru.api.addresses import Lists, lists_of
from maru.plugins.settings import SettingsStore
from maru_sdk import Settings

KEY = "core.addresses"


class AddressLists(Settings):
    """Networks from which the admin area may be used; none named: from everywhere."""

    allow: list[str] = Field(default_factory=list, max_length=200)
    block: list[str] = Field(default_factory=list, max_length=200)

    @property
    def lists(self) -> Lists:
        """The same, to judge by."""
        return lists_of(tuple(self.allow), tuple(self.block))


class AdminAddresses:
    """Judges who comes to a tenant's admin area, from memory."""

    def __init__(self, store: SettingsStore) -> None:
        self._store = store

    async def admit(self, tenant_id: UUID, address: str) -> None:
        """Raises AddressRefused for an address that may not come to the admin area."""
        (await self._store.get(tenant_id, KEY, AddressLists)).lists.admit(address)
