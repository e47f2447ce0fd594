"""Whose code may run in our own processes: an operator's word, by setting or by command."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import Unit
from maru.plugins.discovery import Found
from maru.plugins.faults import PluginFault
from maru.plugins.isolated.described import FORMAT, Described
from maru.plugins.isolated.models import PluginDescribed, PluginTrust
from maru.plugins.isolated.remote import Remote
from maru.settings import Settings
from maru.signals import Signals
from maru_sdk.db import col, uuid7

EVERYONE = "*"
SIGNAL = "trust"
MIGRATE = "maru migrate"


@dataclass(frozen=True)
class Known:
    """What has been written down of an isolated plugin."""

    version: str
    content: Mapping[str, object]
    fault: str | None


@dataclass(frozen=True)
class Trust:
    """Whom the settings name, whom a command has named, and what is known of the others."""

    named: frozenset[str] = frozenset()
    stored: Mapping[str, bool] = field(default_factory=dict)
    described: Mapping[str, Known] = field(default_factory=dict)

    def trusts(self, key: str) -> bool:
        """Whether an operator has vouched for this plugin."""
        return self.by_setting(key) or self.stored.get(key, False)

    def by_setting(self, key: str) -> bool:
        """Whether `MARU_TRUSTED_PLUGINS` says so."""
        return EVERYONE in self.named or key in self.named

    def description(self, found: Found) -> Described:
        """What the plugin declares; PluginFault where it isn't known, or not of this version."""
        known = self.described.get(found.key)
        if known is None or known.version != found.version:
            raise PluginFault(
                "Nobody has vouched for it, so it runs in a process of its own, and what it"
                f" declares has not been read yet. Run: {MIGRATE} (or: maru plugins trust"
                f" {found.key})"
            )
        if known.fault is not None:
            raise PluginFault(known.fault)
        if known.content.get("format") != FORMAT:
            raise PluginFault(f"Its description is of another version of Maru. Run: {MIGRATE}")
        return Described.model_validate(known.content)


@dataclass(frozen=True)
class Isolation:
    """What loading needs to keep foreign code out of a process."""

    trust: Trust
    remote: Callable[[str], Remote]


def trust_of(settings: Settings) -> Trust:
    """What the settings alone say."""
    return Trust(frozenset(settings.trusted_plugins))


async def read_trust(database: Database, settings: Settings) -> Trust:
    """Settings and tables together."""
    async with database.unit(NOBODY, readonly=True) as unit:
        words = (await unit.db.execute(sa.select(PluginTrust))).scalars().all()
        known = (await unit.db.execute(sa.select(PluginDescribed))).scalars().all()
    return Trust(
        frozenset(settings.trusted_plugins),
        {word.key: word.trusted for word in words},
        {one.key: Known(one.version, one.content, one.fault) for one in known},
    )


async def trusted_by_command(database: Database, key: str) -> bool:
    """The last word of a command on this plugin."""
    asked = sa.select(col(PluginTrust.trusted)).where(col(PluginTrust.key) == key)
    async with database.unit(NOBODY, readonly=True) as unit:
        return bool((await unit.db.execute(asked)).scalar())


async def say(unit: Unit, signals: Signals, key: str, distribution: str, *, trusted: bool) -> None:
    """Keep an operator's word, and tell every process."""
    row = insert(PluginTrust).values(
        id=uuid7(), key=key, trusted=trusted, distribution=distribution
    )
    await unit.db.execute(
        row.on_conflict_do_update(
            index_elements=[col(PluginTrust.key)],
            set_={"trusted": trusted, "distribution": distribution, "updated_at": sa.func.now()},
        )
    )
    await signals.send(unit, SIGNAL, key)
