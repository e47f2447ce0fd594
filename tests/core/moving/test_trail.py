"""The audit trail of a tenant that comes from an installation with another secret: checked, adopted
and checked again, as an operator types it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from click import Command
from click.testing import CliRunner, Result
from tests.core.moving.conftest import Installation, installation
from tests.engines import Engines

from maru.audit.checkpoints import Signer
from maru.audit.sealer import Sealer
from maru.audit.trail import AuditTrail
from maru.cli.audit import command as audit
from maru.cli.tenants import command as tenants
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.testing import environment
from maru_sdk.db import uuid7

PHRASE = "a phrase for the road"
SLUG = "moved"


async def typed(at: Installation, command: Command, *words: str) -> Result:
    """What comes of a command there."""
    runner = CliRunner(env=environment(at.settings))
    return await asyncio.to_thread(runner.invoke, command, words)


async def written(at: Installation, tenant: UUID, *actions: str, ago: int = 0) -> None:
    """Lines that were sealed so many days ago."""
    async with committing(at.house.database.unit(Scope(tenant))) as unit:
        for action in actions:
            await AuditTrail().write(unit, action, "thing:1", after={"이름": action})
    signer, now = Signer(at.house.keys), datetime.now(UTC) - timedelta(days=ago)
    await Sealer(at.system, signer, lambda: now).seal(tenant)


async def verified(at: Installation, *words: str) -> tuple[int, str]:
    """What `maru audit verify` ends with and says."""
    result = await typed(at, audit, "verify", "--tenant", SLUG, *words)
    return result.exit_code, result.output


async def test_an_imported_trail_is_adopted_whole(
    engines: Engines, template: str, tmp_path: Path
) -> None:
    file, tenant = tmp_path / "moved.zip", uuid7()
    other = {"secret_key": "another secret for tests, long enough too", "data": tmp_path}
    async with (
        installation(engines, template) as here,
        installation(engines, template, **other) as there,
    ):
        insert = "INSERT INTO maru.tenant (id, slug, name) VALUES ($1, $2, '옮긴 회사')"
        await here.run(insert, tenant, SLUG)
        await written(here, tenant, "one", "role.granted", ago=2)
        await written(here, tenant, "two", "three", ago=1)
        await written(here, tenant, "four")
        assert (await verified(here))[0] == 0
        moved = await typed(here, tenants, "export", SLUG, str(file), "--passphrase", PHRASE)
        assert moved.exit_code == 0, moved.output
        former = (await typed(here, audit, "key")).output.strip()
        moved = await typed(there, tenants, "import", str(file), "--passphrase", PHRASE)
        assert moved.exit_code == 0, moved.output

        assert (await verified(there))[0] == 1
        code, said = await verified(there, "--key", former)
        assert code == 0, said
        adopting = ("adopt", "--tenant", SLUG, "--key")
        assert (await typed(there, audit, *adopting, "00" * 32)).exit_code == 1
        adopted = await typed(there, audit, *adopting, former)
        assert adopted.exit_code == 0, adopted.output
        code, said = await verified(there)  # by the present key alone, from the first line on
        assert code == 0, said
        await written(there, tenant, "five")
        code, said = await verified(there)
        assert code == 0, said

        change = "UPDATE maru.audit SET target = 'thing:2' WHERE tenant_id = $1 AND action = $2"
        for action in ("one", "three", "role.granted"):  # each before another checkpoint
            await there.run(change, tenant, action)
            code, said = await verified(there)
            assert (code, "changed" in said) == (1, True), (action, said)
            await there.run(change.replace("thing:2", "thing:1"), tenant, action)
            assert (await verified(there))[0] == 0
        await there.run("DELETE FROM maru.audit WHERE tenant_id = $1 AND action = 'two'", tenant)
        code, said = await verified(there)
        assert (code, "missing" in said) == (1, True), said
