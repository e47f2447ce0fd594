"""`maru audit`: whether the trail is what was written."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import click
from sqlalchemy.ext.asyncio import AsyncSession

from maru.audit import statements
from maru.audit.checkpoints import Signer
from maru.audit.sealer import keep_checkpoint, last_checkpoint
from maru.audit.verify import Report, checkpoints_of, tenants_of, verify
from maru.cli import say
from maru.crypto.keys import Keys
from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.settings import load_settings

T = TypeVar("T")
_PATIENT = 300.0
_tenant = click.option("--tenant", "slug", help="One tenant's slug; all unless given.")


@click.group()
def command() -> None:
    """Check the audit trail."""


@command.command("verify")
@_tenant
@click.option("--key", "keys", multiple=True, help="Another public key that may have signed.")
def verify_command(slug: str | None, keys: tuple[str, ...]) -> None:
    """Find lines that were changed, moved, put in, taken out or cut off; 1 where there are any."""

    async def act(session: AsyncSession, signer: Signer) -> int:
        await session.execute(statements.SNAPSHOT)
        now, faults = datetime.now(UTC), 0
        for name, tenant in (await _chosen(session, slug)).items():
            report = await verify(session, tenant, {signer.key, *keys}, now)
            _tell(name, report)
            faults += len(report.faults)
        return faults

    if _as_system(act):
        raise click.exceptions.Exit(1)


def _tell(name: str, report: Report) -> None:
    sealed = ", ".join(f"{kind} {number}" for kind, number in report.sealed_to.items() if number)
    signed = "" if report.signed_at is None else f", signed {report.signed_at:%Y-%m-%d %H:%M:%S}Z"
    verdict = f"{len(report.faults)} faults" if report.faults else "whole"
    say(f"{name}: {verdict}: {report.lines} lines ({sealed or 'none sealed'}){signed}")
    for kind, count in report.tail.items():
        say(f"  {count} lines not sealed yet: {kind} from {report.first_of_tail[kind]}")
    for fault in report.faults:
        say(f"  {fault}")


@command.command("key")
def key() -> None:
    """Print the public key that checkpoints of this installation are signed with."""
    say(_signer().key)


@command.command("adopt")
@click.option("--tenant", "slug", required=True, help="The tenant's slug.")
@click.option("--key", "former", required=True, help="The public key that signed until now.")
def adopt(slug: str, former: str) -> None:
    """Go on with a trail that another installation, or this one with another secret, has signed.

    Every checkpoint is signed anew, so that the whole history is checked by the present key.
    Refused where the trail isn't whole by that key: what is signed anew is vouched for.
    """

    async def act(session: AsyncSession, signer: Signer) -> None:
        tenant = next(iter((await _chosen(session, slug)).values()))
        await session.execute(statements.LOCK, {"tenant": str(tenant)})
        now = datetime.now(UTC)
        report = await verify(session, tenant, {signer.key, former}, now)
        faults = [one for one in report.faults if one.problem not in ("stale", "unsealed")]
        last = await last_checkpoint(session, tenant)
        if faults or last is None:
            reason = str(faults[0]) if faults else "it has no checkpoint"
            raise click.ClickException(f"the trail of {slug} can't be vouched for: {reason}")
        for each in await checkpoints_of(session, tenant):
            if each.key != signer.key:
                again = signer.sign(tenant, each.day, each.made_at, each.heads)
                await keep_checkpoint(session, again)
        await keep_checkpoint(session, signer.sign(tenant, now.date(), now, last.heads))

    _as_system(act)
    say(f"the trail of {slug} is signed with this installation's key")


async def _chosen(session: AsyncSession, slug: str | None) -> dict[str, UUID]:
    found = await tenants_of(session)
    if slug is None:
        return found
    if slug not in found:
        raise click.ClickException(f"there is no tenant {slug}; there are: {', '.join(found)}")
    return {slug: found[slug]}


def _signer() -> Signer:
    settings = load_settings()
    return Signer(Keys.open(settings.secret_key, settings.data))


def _as_system(act: Callable[[AsyncSession, Signer], Awaitable[T]]) -> T:
    """What `act` answers, in one transaction over all tenants."""
    settings = load_settings()
    settings.require("database_system_url")

    async def work() -> T:
        async with await Database.open(
            settings.database_system_url, pool_size=1, setting="MARU_DATABASE_SYSTEM_URL"
        ) as database:
            await database.check("MARU_DATABASE_SYSTEM_URL")
            async with committing(database.unit(NOBODY, timeout=_PATIENT)) as unit:
                return await act(await unit.session(), _signer())

    return asyncio.run(work())
