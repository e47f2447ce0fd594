"""A new data key: everything is sealed anew, whenever the job is killed; old keys go when nothing
uses them; another secret key takes over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from maru_kinds.models import Note
from maru_kinds.settings import KindsSettings
from tests.contract.conftest import world
from tests.contract.world import Firm, World

from maru.admin.keys import places
from maru.admin.keys.resealing import Resealed, reseal
from maru.crypto.check import check_secret, settle_secret
from maru.crypto.keys import Keys
from maru.crypto.sealing import Sealed, SecretUnreadable
from maru.crypto.vault import Vault
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.plugins.context import open_call
from maru.settings import SettingFault
from maru_sdk import ContextSeed
from maru_sdk.db import Encrypted, col, select

__all__ = ["world"]

API = "/api/v1/admin/data-keys"
SETTINGS = "/api/v1/admin/plugins/kinds/settings"
NOTES = 40


@pytest.fixture
async def ours(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Firm]:
    """Our company with a secret setting and many encrypted rows, read in small batches."""
    firm = world.ours
    await firm.on()
    monkeypatch.setattr(places, "BATCH", 3)
    await firm.admin.put(SETTINGS, json={"token": "쉿"})
    async with firm.context() as ctx:
        ctx.db.add_all([Note(text="n", code=Encrypted(f"code {n}")) for n in range(NOTES)])
    yield firm
    await sql(firm, "DELETE FROM plugin_kinds.note")


async def sql(firm: Firm, statement: str) -> None:
    async with committing(firm.company.kit.house.database.unit(Scope(firm.id))) as unit:
        await unit.db.execute(sa.text(statement))


async def codes(firm: Firm) -> set[str]:
    """All codes, as the plugin reads them."""
    async with firm.context() as ctx:
        found = (await ctx.db.scalars(select(Note).where(col(Note.code).is_not(None)))).all()
        return {await ctx.open(Note.code, note) or "" for note in found}


async def keys_used(firm: Firm) -> set[UUID]:
    rows = await firm.sql("SELECT code FROM plugin_kinds.note WHERE code IS NOT NULL")
    rows += await firm.sql(
        "SELECT content#>>'{token,sealed}' FROM maru.setting WHERE plugin = 'kinds'"
    )
    return {Sealed.read(row[0]).key for row in rows}


async def active(firm: Firm) -> UUID:
    return (await firm.sql("SELECT id FROM maru.tenant_key WHERE state = 'active'"))[0][0]  # type: ignore[no-any-return]


async def run(firm: Firm) -> Resealed:
    """The job, as a worker runs it."""
    seed = ContextSeed(tenant=firm.id, plugin="core")
    async with open_call(firm.company.kit.house.services, seed) as call:
        found = await reseal.function(call.ctx("core"))
        assert isinstance(found, Resealed)
        return found


async def rotated(firm: Firm) -> Any:
    answer = await firm.admin.post(f"{API}/rotate")
    assert answer.status_code == 202, answer.text
    return answer.json()["data"]


async def test_everything_is_sealed_anew_by_a_job(world: World, ours: Firm) -> None:
    before = await keys_used(ours)
    job_id = (await rotated(ours))["job_id"]
    assert await codes(ours) == {f"code {n}" for n in range(NOTES)}, "both keys open meanwhile"
    await world.kit.work()
    job = await ours.data(f"/api/v1/admin/jobs/{job_id}")
    assert (job["state"], job["result"]["sealed_anew"]) == ("done", NOTES + 1)
    assert await keys_used(ours) == {await active(ours)}
    assert {await active(ours)}.isdisjoint(before)
    assert await codes(ours) == {f"code {n}" for n in range(NOTES)}
    async with ours.context() as ctx:
        assert (await ctx.settings(KindsSettings)).token.get_secret_value() == "쉿"
    html = (await ours.admin.get("/admin/data-keys")).text
    assert "사용 중" in html


async def test_it_may_be_killed_at_any_moment(ours: Firm) -> None:
    await rotated(ours)
    for seconds in (0.0, 0.01, 0.03, 0.06, 0.1):
        task = asyncio.create_task(run(ours))
        await asyncio.sleep(seconds)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert await codes(ours) == {f"code {n}" for n in range(NOTES)}
    done = await run(ours)
    assert done.unreadable == 0
    assert done.sealed_anew + done.up_to_date == NOTES + 1
    assert await keys_used(ours) == {await active(ours)}


async def test_what_is_written_meanwhile_is_not_overwritten(ours: Firm) -> None:
    await rotated(ours)

    async def write() -> None:
        for n in range(NOTES):
            async with ours.context() as ctx:
                note = (await ctx.db.scalars(select(Note).offset(n).limit(1))).one()
                note.code = Encrypted(f"new {note.id}")

    await asyncio.gather(write(), run(ours), rotated(ours), run(ours))
    await run(ours)
    assert {code.partition(" ")[0] for code in await codes(ours)} <= {"new", "code"}
    assert await keys_used(ours) == {await active(ours)}


async def test_an_old_key_goes_when_nothing_uses_it(ours: Firm) -> None:
    await rotated(ours)
    assert (await run(ours)).destroyed == 0, "some process may still seal under it"
    old = "UPDATE maru.tenant_key SET retired_at = now() - interval '25 hours'"
    await sql(ours, f"{old} WHERE state = 'retired'")
    assert (await run(ours)).destroyed >= 1
    kept = await ours.sql("SELECT sealed IS NULL FROM maru.tenant_key WHERE state <> 'active'")
    assert all(row[0] for row in kept)
    assert await codes(ours) == {f"code {n}" for n in range(NOTES)}


async def test_an_old_key_stays_while_something_uses_it(ours: Firm) -> None:
    spoilt = "UPDATE plugin_kinds.note SET code = left(code, -4) || 'AAAA' WHERE id ="
    await sql(ours, f"{spoilt} (SELECT id FROM plugin_kinds.note LIMIT 1)")
    await rotated(ours)
    await sql(
        ours,
        "UPDATE maru.tenant_key SET retired_at = now() - interval '25 hours'"
        " WHERE state = 'retired'",
    )
    done = await run(ours)
    assert (done.unreadable, done.destroyed) == (1, 0)


async def test_who_may(ours: Firm) -> None:
    assert (await ours.member.post(f"{API}/rotate")).status_code == 403
    assert (await ours.member.get("/admin/data-keys")).status_code == 403
    lines = await ours.data(API)
    assert {"id", "state", "created_at", "retired_at"} == set(lines[0])


async def test_another_secret_key_takes_over(world: World, ours: Firm) -> None:
    """As `maru keys data rewrap` does it; afterwards the former key opens nothing."""
    house = ours.company.kit.house
    new, old = Keys(b"another secret key of thirty-two bytes"), house.keys
    with pytest.raises(SettingFault):
        await check_secret(house.database, new)
    await check_secret(house.database, new, old)
    vault = Vault(house.database, new, old)
    sealed = (await ours.sql("SELECT id, code FROM plugin_kinds.note WHERE code IS NOT NULL"))[0]
    about = f"plugin_kinds.note:{sealed.id}:code"
    for tenant in (ours.id, world.theirs.id):
        async with committing(house.database.unit(Scope(tenant))) as unit:
            assert await vault.rewrap(unit, tenant) >= (tenant == ours.id)
    await settle_secret(house.database, new)
    try:
        await check_secret(house.database, new)
        alone = Vault(house.database, new)
        assert (await alone.open(ours.id, sealed.code, about)).startswith("code")
        with pytest.raises(SecretUnreadable, match="another MARU_SECRET_KEY"):
            await Vault(house.database, old).open(ours.id, sealed.code, about)
    finally:
        back = Vault(house.database, old, new)
        for tenant in (ours.id, world.theirs.id):
            async with committing(house.database.unit(Scope(tenant))) as unit:
                await back.rewrap(unit, tenant)
        await settle_secret(house.database, old)
