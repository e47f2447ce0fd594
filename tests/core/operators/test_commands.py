"""`maru operators` and `maru tenants`, as they are typed."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from tests.core.operators.conftest import BASE, World

from maru.cli.operators import command as operators
from maru.cli.tenants import command as tenants
from maru.identity.errors import InvalidCredentials
from maru.identity.sign_in import Origin
from maru.operators.sessions import OperatorSessions
from maru_sdk.db import uuid7

Type = Callable[..., Awaitable[Result]]
NEW = "a sentence that is new"
URLS = ("database_url", "database_system_url")
REDISES = ("redis_queue_url", "redis_cache_url", "redis_live_url")


@pytest.fixture
def typed(world: World, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Runs a command's words."""
    settings = world.house.settings
    for name in (*URLS, *REDISES, "secret_key", "base_domain"):
        monkeypatch.setenv(f"MARU_{name.upper()}", getattr(settings, name))
    monkeypatch.setenv("MARU_DATA", str(settings.data))

    async def run(command: click.Command, *words: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, command, list(words))

    return run


async def test_operators(world: World, typed: Type) -> None:
    made = await typed(operators, "create", "night", "--name", "야간", "--password", NEW)
    assert made.exit_code == 0, made.output
    sessions = OperatorSessions(world.house.database, world.house.sessions.passwords)
    assert (await sessions.prove("night", NEW, Origin())).found.username == "night"
    again = await typed(operators, "create", "Night", "--password", NEW)
    assert (again.exit_code, "already an operator" in again.output) == (1, True)
    weak = await typed(operators, "create", "weak", "--password", "1234")
    assert weak.exit_code == 1
    listed = json.loads((await typed(operators, "list", "--json")).stdout)
    assert {"night", "root"} <= {one["username"] for one in listed}
    assert "password" not in str(listed)
    other = f"{NEW} too"
    assert (await typed(operators, "password", "night", "--password", other)).exit_code == 0
    assert (await sessions.prove("night", other, Origin())).found.name == "야간"
    assert (await typed(operators, "disable", "night")).exit_code == 0
    with pytest.raises(InvalidCredentials):
        await sessions.prove("night", other, Origin())
    assert (await typed(operators, "disable", "nobody")).exit_code == 1


async def test_a_tenants_whole_life(world: World, typed: Type, tmp_path: Path) -> None:
    slug, file = f"c{uuid7().hex[-10:]}", str(tmp_path / "a.zip")
    assert (await typed(tenants, "create", slug, "다솜")).exit_code == 0
    assert "was there already" in (await typed(tenants, "create", slug, "다솜")).output
    await world.house.signals.poll()
    await world.person(slug)
    assert (await typed(tenants, "suspend", slug, "--note", "점검")).exit_code == 0
    assert "suspended" in (await typed(tenants, "list")).output
    await world.house.signals.poll()
    async with world.client(f"{slug}.{BASE}") as client:
        refused = await client.get("/api/v1/users/me")
        assert refused.json()["error"]["details"]["note"] == "점검"
    assert (await typed(tenants, "resume", slug)).exit_code == 0
    assert (await typed(tenants, "quota", slug, "--people", "9", "--jobs", "2")).exit_code == 0
    assert (await typed(tenants, "quota", slug, "--people", "7")).exit_code == 0
    lines = json.loads((await typed(tenants, "list", "--json")).stdout)
    (mine,) = [one for one in lines if one["slug"] == slug]
    assert mine["quotas"] == {"people": 7, "storage": None, "jobs": 2}
    assert (await typed(tenants, "export", slug, file)).exit_code == 0
    assert "there already" in (await typed(tenants, "export", slug, file)).output
    taken = await typed(tenants, "import", file)
    assert (taken.exit_code, slug in taken.output) == (1, True)
    wrong = await typed(tenants, "delete", slug, "--confirm", "another")
    assert (wrong.exit_code, "nothing was deleted" in wrong.output) == (1, True)
    gone = await typed(tenants, "delete", slug, "--days", "0", "--confirm", slug)
    assert gone.exit_code == 0, gone.output
    async with asyncio.timeout(30):
        while True:
            if await world.sql("SELECT count(*) FROM maru.tenant WHERE slug = :s", s=slug) == 0:
                break
            await asyncio.sleep(0.05)
    back = await typed(tenants, "import", file)
    assert back.exit_code == 0, back.output
    assert slug in (await typed(tenants, "list")).output


@pytest.mark.parametrize("words", [("suspend", "nobody"), ("export", "nobody", "/tmp/x.zip")])
async def test_what_there_isnt_is_said(typed: Type, words: tuple[str, ...]) -> None:
    refused = await typed(tenants, *words)
    assert (refused.exit_code, "there is no tenant nobody" in refused.output) == (1, True)
