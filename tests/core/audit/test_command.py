"""`maru audit`, as an operator types it."""

import asyncio
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from tests.core.audit.conftest import KEYS, Force, Trail

from maru.audit.checkpoints import Signer
from maru.audit.sealer import Sealer
from maru.cli.audit import command
from maru.crypto.keys import Keys
from maru.observability.metrics import Metrics
from maru.settings import Settings


class Typed:
    """Runs the command against this module's database."""

    def __init__(self, settings: Settings, tenant: UUID) -> None:
        self.slug = f"t-{tenant}"
        self._environment = {
            "MARU_DATABASE_URL": settings.database_url,
            "MARU_DATABASE_SYSTEM_URL": settings.database_system_url,
            "MARU_SECRET_KEY": settings.secret_key,
        }

    async def __call__(self, *words: str) -> Result:
        asked = [*words, "--tenant", self.slug]
        runner = CliRunner(env=self._environment)
        return await asyncio.to_thread(runner.invoke, command, asked)


@pytest.fixture
def typed(settings: Settings, tenant: UUID) -> Typed:
    return Typed(settings, tenant)


async def test_a_whole_trail_ends_with_0(trail: Trail, typed: Typed) -> None:
    await trail.sealed("one", "two")
    await trail.write("three")
    result = await typed("verify")
    assert result.exit_code == 0, result.output
    assert f"{typed.slug}: whole: 2 lines (general 2), signed" in result.output
    assert "1 lines not sealed yet: general from" in result.output


async def test_a_fault_ends_with_1_and_is_named(trail: Trail, typed: Typed, force: Force) -> None:
    await trail.sealed("one", "two")
    await force("DELETE FROM maru.audit WHERE tenant_id = $1 AND number = 1")
    result = await typed("verify")
    assert result.exit_code == 1
    assert "missing general 1: there is no line of this number" in result.output


async def test_an_unknown_tenant_is_said(typed: Typed) -> None:
    typed.slug = "nowhere"
    result = await typed("verify")
    assert result.exit_code == 1
    assert "there is no tenant nowhere" in result.output


async def test_a_trail_from_elsewhere_is_adopted_where_it_is_whole(
    trail: Trail, typed: Typed, force: Force
) -> None:
    other = Signer(Keys(b"somebody else's, and long enough too"))
    await trail.write("one")
    await Sealer(trail.system, other).seal(trail.tenant)
    assert (await typed("verify")).exit_code == 1
    assert (await typed("adopt", "--key", "00" * 32)).exit_code == 1
    assert (await typed("adopt", "--key", other.key)).exit_code == 0
    assert (await typed("verify")).exit_code == 0
    await trail.sealed("two")
    assert await trail.problems() == []


def test_the_public_key_is_printed(settings: Settings) -> None:
    runner = CliRunner(env={"MARU_SECRET_KEY": settings.secret_key})
    assert runner.invoke(command, ["key"]).output.strip() == Signer(KEYS).key


async def test_figures_say_what_is_not_sealed(trail: Trail) -> None:
    other = Signer(Keys(b"somebody else's, and long enough too"))
    await trail.write("one")
    await Sealer(trail.system, other).seal(trail.tenant)
    await trail.write("two")
    metrics = Metrics("test")
    trail.sealer.show(metrics)
    await trail.sealer.step()
    lines = (await metrics.exposition()).decode().splitlines()
    told = [line.partition("{") for line in lines if line.startswith("maru_audit_")]
    figures = {name: rest.rpartition(" ")[2] for name, _, rest in told}
    assert float(figures["maru_audit_refused_tenants"]) >= 1
    assert float(figures["maru_audit_unsealed_seconds"]) > 0
