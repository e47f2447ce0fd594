"""The parts of a house that acting upon tenants needs; whoever has a house hands it over whole."""

from typing import Protocol

from maru.access.rights import Rights
from maru.cache import Cache
from maru.crypto.keys import Keys
from maru.db.database import Database
from maru.files.store import Store
from maru.identity.people import People
from maru.identity.sessions import Sessions
from maru.plugins.registry import PluginHost
from maru.plugins.services import Services
from maru.redis import Redises
from maru.settings import Settings
from maru.signals import Signals
from maru.tenancy.tenants import Tenants


class Parts(Protocol):
    """See `maru.house.House`."""

    @property
    def settings(self) -> Settings: ...
    @property
    def database(self) -> Database: ...
    @property
    def redises(self) -> Redises: ...
    @property
    def signals(self) -> Signals: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def cache(self) -> Cache: ...
    @property
    def tenants(self) -> Tenants: ...
    @property
    def host(self) -> PluginHost: ...
    @property
    def store(self) -> Store: ...
    @property
    def people(self) -> People: ...
    @property
    def rights(self) -> Rights: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def services(self) -> Services: ...
