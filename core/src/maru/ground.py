"""What every long-running process stands on: the runtime database, Redis, signals, keys and
figures, opened and checked in one place."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from maru.crypto.check import check_secret
from maru.crypto.keys import Keys
from maru.crypto.vault import SIGNAL, Vault
from maru.db.check import connection_fault
from maru.db.database import Database
from maru.db.unit import Unit
from maru.observability.metrics import Metrics
from maru.observability.otlp import tracing_to
from maru.observability.tracing import Tracing
from maru.redis import Redises
from maru.settings import Settings
from maru.signals import Signals

LAST_SPANS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The lowest parts of one process. `signals` are started by who has registered callbacks."""

    settings: Settings
    metrics: Metrics
    redises: Redises
    database: Database
    signals: Signals
    keys: Keys
    vault: Vault
    tracing: Tracing | None


@asynccontextmanager
async def open_ground(settings: Settings, service: str) -> AsyncIterator[Ground]:
    """Opens what is checked at the start: a SettingFault says which server can't be used."""
    async with AsyncExitStack() as stack:
        redises = Redises(settings)
        stack.push_async_callback(redises.close)
        await redises.check()
        database = await _database(settings)
        stack.push_async_callback(database.close)
        keys, old = Keys.open(settings.secret_key, settings.data), _old(settings)
        await check_secret(database, keys, old)
        signals = Signals(database, redises)
        vault = _vault(signals, database, keys, old)
        tracing = _tracing(settings, service)
        stack.push_async_callback(_last_spans, tracing)
        yield Ground(
            settings=settings,
            metrics=Metrics(service),
            redises=redises,
            database=database,
            signals=signals,
            keys=keys,
            vault=vault,
            tracing=tracing,
        )


def _vault(signals: Signals, database: Database, keys: Keys, old: Keys | None) -> Vault:
    async def tell(unit: Unit, tenant_id: UUID) -> None:
        await signals.send(unit, SIGNAL, "", tenant_id)

    vault = Vault(database, keys, old, tell=tell)
    database.sealer = vault
    signals.on(SIGNAL, vault.changed)
    signals.on_gap(vault.forget)
    return vault


def _old(settings: Settings) -> Keys | None:
    """The secret key before this one, while data keys are sealed under it."""
    return Keys(settings.secret_key_old.encode()) if settings.secret_key_old else None


async def _database(settings: Settings) -> Database:
    """The database as the runtime role, once that role and the schema have been looked at."""
    async with connection_fault("MARU_DATABASE_URL"):
        database = await Database.open(
            settings.database_url,
            pool_size=settings.db_pool_size,
            overflow=settings.db_pool_overflow,
            wait=settings.db_pool_wait,
        )
        try:
            await database.check()
        except BaseException:
            await database.close()
            raise
    return database


@asynccontextmanager
async def open_system(
    settings: Settings, *, size: int, application: str
) -> AsyncIterator[Database]:
    """The database as the system role, for processes that look after every tenant."""
    async with await Database.open(
        settings.database_system_url,
        pool_size=size,
        wait=settings.db_pool_wait,
        application=application,
        setting="MARU_DATABASE_SYSTEM_URL",
    ) as database:
        await database.check("MARU_DATABASE_SYSTEM_URL")
        yield database


def _tracing(settings: Settings, service: str) -> Tracing | None:
    """Where this process's traces go; None where nobody collects them."""
    if not settings.otlp_endpoint:
        return None
    return tracing_to(
        settings.otlp_endpoint,
        service,
        instance=settings.instance,
        sample=settings.trace_sample,
    )


async def _last_spans(tracing: Tracing | None) -> None:
    if tracing is not None:
        await asyncio.to_thread(tracing.settle, LAST_SPANS)
