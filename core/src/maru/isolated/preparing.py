"""What `maru migrate` does for plugins that nobody has vouched for: describe, set up, keep."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, ProgrammingError

from maru.crypto.keys import Keys
from maru.db.migrate import Apart, Migrator, WalkFailed, migrator
from maru.db.roles import Echo
from maru.isolated.describing import described_elsewhere
from maru.isolated.launch import password_of
from maru.isolated.migrating import migrate_elsewhere
from maru.plugins.discovery import Found, discover
from maru.plugins.faults import PluginFault
from maru.plugins.isolated.described import Described
from maru.plugins.isolated.standing import folder_of
from maru.plugins.isolated.trust import Known, Trust, trust_of
from maru.settings import Settings

_STORED = sa.text("SELECT key, trusted FROM maru.plugin_trust")


@dataclass(frozen=True)
class Strangers:
    """The installed plugins that nobody has vouched for, and what they say of themselves."""

    trust: Trust
    found: dict[str, Found]
    described: dict[str, Described]

    @classmethod
    async def look(cls, settings: Settings) -> "Strangers":
        """Ask each in a process of its own."""
        async with migrator(settings) as work:
            trust = replace(trust_of(settings), stored=await _stored(work))
        plugins = discover().plugins
        found = {key: one for key, one in plugins.items() if not trust.trusts(key)}
        known: dict[str, Known] = {}
        described: dict[str, Described] = {}
        for key, one in found.items():
            try:
                said = await asyncio.to_thread(described_elsewhere, settings, one)
            except PluginFault as fault:
                known[key] = Known(one.version, {}, str(fault))
            else:
                described[key] = said
                known[key] = Known(one.version, said.model_dump(mode="json"), None)
        return cls(replace(trust, described=known), found, described)

    async def settle(self, settings: Settings, echo: Echo) -> list[str]:
        """Give each its role and tables, and keep what it says for all processes to read; the keys
        of those that can run."""
        keys = Keys.open(settings.secret_key, settings.data)
        async with migrator(settings, echo) as work:
            rows: dict[str, dict[str, Any]] = {}
            for key, known in self.trust.described.items():
                fault = known.fault
                if key in self.described:
                    fault = await self._settled(work, keys, key)
                if fault is not None:
                    echo(f"{key}: can't run isolated: {fault}")
                rows[key] = {"version": known.version, "content": known.content, "fault": fault}
            await work.keep(rows, self._trusted())
        return [key for key, row in rows.items() if row["fault"] is None]

    def _trusted(self) -> Iterable[str]:
        return [key for key in discover().plugins if key not in self.found]

    async def _settled(self, work: Migrator, keys: Keys, key: str) -> str | None:
        apart: Apart | None = None
        folder = self.described[key].migrations
        try:
            if folder is not None:
                place = _inside(folder_of(self.found[key]), folder)
                apart = partial(migrate_elsewhere, work.settings, key, place)
            await work.isolate(key, password_of(keys, key), apart)
        except (PluginFault, WalkFailed) as fault:
            return str(fault)
        except DBAPIError as error:
            return f"Its role can't be made: {str(error.orig).splitlines()[0]}"
        return None


def _inside(package: Path, name: str) -> Path:
    place = (package / name).resolve()
    if not place.is_relative_to(package.resolve()):
        raise PluginFault(f"Its migrations folder {name!r:.80} is outside its package.")
    return place


async def _stored(work: Migrator) -> dict[str, Any]:
    """What commands have said; nothing where the database is older than that."""
    try:
        async with work.engine.connect() as connection:
            rows = (await connection.execute(_STORED)).all()
    except ProgrammingError:
        return {}
    return {row.key: row.trusted for row in rows}
