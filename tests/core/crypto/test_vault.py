"""The vault: what was sealed opens for its tenant and place alone, whichever process asks, and a
secret key that changed is noticed."""

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from tests.engines import Tenants

from maru.crypto.check import check_secret
from maru.crypto.keys import Keys
from maru.crypto.sealing import Ring, Sealed, SecretUnreadable
from maru.crypto.vault import Vault
from maru.db import Database
from maru.db.unit import committing
from maru.settings import SettingFault

KEYS = Keys(b"the first secret key of this test's installation")
OTHER = Keys(b"the second secret key of this test's installation")
ABOUT = "sign_in_provider:7:client_secret"


@pytest.fixture
def vault(database: Database) -> Vault:
    return Vault(database, KEYS)


async def test_opens_what_it_sealed_in_any_process(
    database: Database, vault: Vault, tenants: Tenants
) -> None:
    assert tenants.hanbit.tenant
    sealed = await vault.seal(tenants.hanbit.tenant, "비밀번호 🔑", ABOUT)
    assert "비밀" not in sealed
    assert sealed != await vault.seal(tenants.hanbit.tenant, "비밀번호 🔑", ABOUT)
    again = Vault(database, KEYS)
    assert await again.open(tenants.hanbit.tenant, sealed, ABOUT) == "비밀번호 🔑"


async def test_refuses_another_tenant_and_another_place(vault: Vault, tenants: Tenants) -> None:
    assert tenants.hanbit.tenant
    assert tenants.saebom.tenant
    sealed = await vault.seal(tenants.hanbit.tenant, "secret", ABOUT)
    with pytest.raises(SecretUnreadable, match="not one of this tenant's"):
        await vault.open(tenants.saebom.tenant, sealed, ABOUT)
    with pytest.raises(SecretUnreadable, match="belongs to another place"):
        await vault.open(tenants.hanbit.tenant, sealed, ABOUT.replace("7", "8"))
    for unsealed in ("", "secret", "maru1.x.y", "maru1." + "0" * 32 + ".é"):
        with pytest.raises(SecretUnreadable, match="not sealed by Maru"):
            await vault.open(tenants.hanbit.tenant, unsealed, ABOUT)


async def test_processes_that_begin_at_once_share_one_key(
    database: Database, tenants: Tenants
) -> None:
    assert tenants.hanbit.tenant
    vaults = [Vault(database, KEYS) for _ in range(8)]
    sealed = await asyncio.gather(
        *(vault.seal(tenants.hanbit.tenant, "x", ABOUT) for vault in vaults)
    )
    assert len({Sealed.read(text).key for text in sealed}) == 1


async def test_learns_of_a_key_that_another_process_made(
    database: Database, tenants: Tenants
) -> None:
    assert tenants.hanbit.tenant
    here, there = Vault(database, KEYS), Vault(database, KEYS)
    first = await here.seal(tenants.hanbit.tenant, "one", ABOUT)
    async with committing(database.unit(tenants.hanbit)) as unit:
        await unit.db.execute(
            sa.text("UPDATE maru.tenant_key SET state = 'retired', retired_at = now()")
        )
    second = await there.seal(tenants.hanbit.tenant, "two", ABOUT)
    assert Sealed.read(first).key != Sealed.read(second).key
    assert await here.open(tenants.hanbit.tenant, second, ABOUT) == "two"
    assert await there.open(tenants.hanbit.tenant, first, ABOUT) == "one"


async def test_the_secret_key_is_needed_to_read_a_data_key(
    database: Database, vault: Vault, tenants: Tenants
) -> None:
    assert tenants.hanbit.tenant
    sealed = await vault.seal(tenants.hanbit.tenant, "x", ABOUT)
    with pytest.raises(SecretUnreadable, match="another MARU_SECRET_KEY"):
        await Vault(database, OTHER).open(tenants.hanbit.tenant, sealed, ABOUT)
    moved = Vault(database, OTHER, old=KEYS)
    assert await moved.open(tenants.hanbit.tenant, sealed, ABOUT) == "x"


async def test_a_data_key_is_bound_to_its_tenant(
    database: Database, vault: Vault, tenants: Tenants
) -> None:
    """Whoever can write rows can't hand one tenant's key to another."""
    assert tenants.hanbit.tenant
    assert tenants.saebom.tenant
    await vault.seal(tenants.hanbit.tenant, "x", ABOUT)
    async with database.unit(tenants.hanbit) as unit:
        row = await unit.db.execute(sa.text("SELECT id, sealed, sealed_by FROM maru.tenant_key"))
        stolen = dict(row.mappings().one())
    async with committing(database.unit(tenants.saebom)) as unit:
        told = (
            "INSERT INTO maru.tenant_key (id, sealed, sealed_by) VALUES (:id, :sealed, :sealed_by)"
        )
        await unit.db.execute(sa.text(told), stolen)
    with pytest.raises(SecretUnreadable, match="belongs to another place"):
        await vault.seal(tenants.saebom.tenant, "y", ABOUT)


async def test_another_secret_key_is_noticed_at_the_start(database: Database) -> None:
    await check_secret(database, KEYS)
    await check_secret(database, KEYS)
    with pytest.raises(
        SettingFault, match=r"MARU_SECRET_KEY: is not the one .*MARU_SECRET_KEY_OLD"
    ):
        await check_secret(database, OTHER)
    await check_secret(database, OTHER, old=KEYS)
    with pytest.raises(SettingFault, match="is not the one"):
        await check_secret(database, OTHER, old=Keys(b"neither the first nor the second key"))


async def test_of_two_first_starts_one_is_refused(database: Database) -> None:
    ends = await asyncio.gather(
        check_secret(database, KEYS), check_secret(database, OTHER), return_exceptions=True
    )
    assert [type(end) for end in ends if end is not None] == [SettingFault]


def ring() -> Ring:
    key = uuid4()
    return Ring(uuid4(), key, {key: b"k" * 32})


RING = ring()


@given(st.text(st.characters(), max_size=200), st.text(max_size=40))
def test_any_text_comes_back(text: str, about: str) -> None:
    assert RING.open(RING.seal(text, about), about) == text


@given(st.text(max_size=40), st.integers(min_value=0), st.integers(1, 255))
def test_no_changed_bit_opens(text: str, at: int, by: int) -> None:
    form, key, body = RING.seal(text, ABOUT).split(".")
    raw = bytearray(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    raw[at % len(raw)] ^= by
    changed = urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    with pytest.raises(SecretUnreadable):
        RING.open(f"{form}.{key}.{changed}", ABOUT)
    with pytest.raises(SecretUnreadable):
        RING.open(f"{form}.{key}.{body[: at % len(body)]}", ABOUT)


def test_nonces_don_t_repeat() -> None:
    nonces = {Sealed.read(RING.seal("", ABOUT)).body[:12] for _ in range(100_000)}
    assert len(nonces) == 100_000


def test_says_nothing_of_its_keys() -> None:
    assert "k" * 8 not in repr(RING)


async def test_a_tenants_keys_move_to_another_installation(
    database: Database, vault: Vault, tenants: Tenants
) -> None:
    """Sealed under a key of the archive's, which the other installation is told."""
    tenant = tenants.hanbit.tenant
    assert tenant
    first = await vault.seal(tenant, "one", ABOUT)
    async with committing(database.unit(tenants.hanbit)) as unit:
        await vault.rotate(unit, tenant)
    second = await vault.seal(tenant, "two", ABOUT)
    archive = await vault.packed(tenant, b"a" * 32)
    async with committing(database.unit(tenants.hanbit)) as unit:
        await unit.db.execute(sa.text("DELETE FROM maru.tenant_key"))
    there = Vault(database, OTHER)
    async with database.unit(tenants.hanbit) as unit:
        with pytest.raises(SecretUnreadable):
            await there.unpack(unit, tenant, archive, b"b" * 32)
    async with committing(database.unit(tenants.hanbit)) as unit:
        await there.unpack(unit, tenant, archive, b"a" * 32)
    assert await there.open(tenant, first, ABOUT) == "one"
    assert await there.open(tenant, second, ABOUT) == "two"
