"""`maru keys data …` and `maru addresses …`, as an operator types them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.core.account.conftest import slug_of
from tests.core.identity.company import Company

from maru.admin.addresses.lists import KEY, AddressLists
from maru.cli.addresses import command as addresses
from maru.cli.keys import command as keys
from maru.crypto.keys import Keys
from maru.crypto.sealing import Sealed, SecretUnreadable
from maru.crypto.vault import Vault
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House
from maru.settings import Settings

NEW = "a new secret key of this test's installation"
ABOUT = "test:1:secret"
Type = Callable[..., Any]


@pytest.fixture
def typed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Runs a command on the tests' database."""
    for name in ("database_url", "redis_queue_url", "redis_cache_url", "redis_live_url"):
        monkeypatch.setenv(f"MARU_{name.upper()}", getattr(settings, name))
    monkeypatch.setenv("MARU_SECRET_KEY", settings.secret_key)

    async def run(command: Any, *words: str, **env: str) -> Result:
        for name, value in env.items():
            monkeypatch.setenv(f"MARU_{name.upper()}", value)
        return await asyncio.to_thread(CliRunner().invoke, command, list(words))

    return run


async def test_rotate(typed: Type, house: House, company: Company) -> None:
    before = await house.vault.seal(company.id, "x", ABOUT)
    done = await typed(keys, "data", "rotate", "--tenant", slug_of(company))
    assert done.exit_code == 0, done.output
    assert "a new data key is in use" in done.stdout
    await house.signals.poll()
    after = await house.vault.seal(company.id, "x", ABOUT)
    assert Sealed.read(before).key != Sealed.read(after).key
    assert await house.vault.open(company.id, before, ABOUT) == "x"


async def test_rewrap(typed: Type, house: House, settings: Settings, company: Company) -> None:
    sealed = await house.vault.seal(company.id, "x", ABOUT)
    there = {"secret_key": NEW, "secret_key_old": settings.secret_key}
    done = await typed(keys, "data", "rewrap", **there)
    assert done.exit_code == 0, done.output
    new = Vault(house.database, Keys(NEW.encode()))
    try:
        assert await new.open(company.id, sealed, ABOUT) == "x"
        old = Vault(house.database, Keys(settings.secret_key.encode()))
        with pytest.raises(SecretUnreadable):
            await old.open(company.id, sealed, ABOUT)
    finally:
        back = {"secret_key": settings.secret_key, "secret_key_old": NEW}
        assert (await typed(keys, "data", "rewrap", **back)).exit_code == 0


async def test_a_way_back_in(typed: Type, house: House, company: Company) -> None:
    store = house.services.settings_store
    async with committing(house.database.unit(Scope(company.id))) as unit:
        await store.put(unit, company.id, KEY, AddressLists(allow=["192.0.2.1/32"]))
    assert (await store.get(company.id, KEY, AddressLists)).allow
    done = await typed(addresses, "clear", "--tenant", slug_of(company))
    assert done.exit_code == 0, done.output
    await house.signals.poll()
    assert (await store.get(company.id, KEY, AddressLists)).allow == []
