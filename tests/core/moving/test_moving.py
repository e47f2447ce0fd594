"""Export and import: a tenant is afterwards what it was, and what can't be whole isn't there."""

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from tests.core.moving.conftest import PASSWORD, Installation, installation
from tests.engines import Engines

from maru.crypto.keys import Keys
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.demo.companies import HANBIT
from maru.demo.staff import draw_staff
from maru.files.queries import LEFT_COMING
from maru.files.store import FolderStore, blob_key
from maru.moving.archive import ArchiveReader, ArchiveWriter, Manifest
from maru.moving.contents import Lying, put_in
from maru.moving.erasing import Eraser
from maru.moving.errors import ArchiveBroken, ArchiveForeign, OtherVersion, TenantThere
from maru.moving.exporting import Exporter
from maru.moving.importing import Importer
from maru.moving.sealing import ArchiveKey
from maru_sdk.db import uuid7

TENANT = draw_staff(HANBIT, 1, 20_261_120).tenant_id
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
HELD = """
SELECT CAST(sum(size) AS bigint) FROM (
  SELECT size FROM maru.file_blob WHERE tenant_id = $1
   UNION ALL SELECT size FROM maru.file_variant WHERE tenant_id = $1) held"""
PHRASE = "a phrase for the road"
UNREADABLE = {"maru.live_message", "maru.isolated_said"}


async def export(
    at: Installation, path: Path, phrase: str | None = None, tenant: UUID = TENANT
) -> Manifest:
    return await Exporter(at.house, ArchiveKey.of(at.house.keys, phrase)).write(tenant, path)


async def take_in(at: Installation, path: Path, phrase: str | None = None) -> Manifest:
    found = await Importer(at.house, at.system).read(path, phrase)
    await at.house.signals.poll()
    return found


def compared(rows: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: found for name, found in rows.items() if name not in UNREADABLE}


async def test_a_tenant_moves_as_it_is(
    here: Installation, there: Installation, tmp_path: Path
) -> None:
    # What the runtime role may read and not write.
    sealed = (
        "INSERT INTO maru.audit_checkpoint (tenant_id, id, day, made_at, heads, key, signature)"
        " VALUES ($1, $2, current_date, now(), '{}', 'k', 's')"
    )
    await here.run(sealed, TENANT, uuid7())
    before = compared(await here.rows(TENANT))
    assert len(before["maru.audit_checkpoint"]) == 1
    manifest = await export(here, tmp_path / "hanbit.zip")
    await take_in(there, tmp_path / "hanbit.zip")
    after = compared(await there.rows(TENANT))
    assert after.keys() == before.keys()
    for name, rows in before.items():
        assert after[name] == rows, name
    assert manifest.rows == sum(map(len, before.values()))
    assert before["maru.person"]
    assert before["plugin_board.post"]
    asked = "SELECT t::text FROM maru.tenant t WHERE id = $1"
    assert await there.run(asked, TENANT) == await here.run(asked, TENANT)
    tokens = await there.house.sessions.login(TENANT, "admin", PASSWORD)
    assert tokens.caller.tenant_id == TENANT


async def test_what_files_hold_moves_with_them_and_goes_with_the_tenant(
    here: Installation, there: Installation, tmp_path: Path
) -> None:
    held = contents(here)
    assert held
    manifest = await export(here, tmp_path / "hanbit.zip", PHRASE)
    assert manifest.contents is not None
    await take_in(there, tmp_path / "hanbit.zip", PHRASE)
    assert contents(there) == held
    eraser = Eraser(there.house.database, there.system, there.house.redises, there.house.store)
    await eraser.erase(TENANT)
    assert contents(there) == {}
    assert contents(here) == held


async def test_an_upload_that_is_still_put_together_arrives_whole(
    here: Installation, there: Installation, tmp_path: Path
) -> None:
    blob, held = uuid7(), await here.run(HELD, TENANT)
    pieces = {f"{TENANT}/up/{blob}/{at}": text for at, text in enumerate((b"hello ", b"world"))}
    try:
        await here.run(
            "INSERT INTO maru.file_blob (tenant_id, id, sha256, size, media_type, state)"
            " VALUES ($1, $2, 'coming', 11, 'text/plain', 'coming')",
            *(TENANT, blob),
        )
        await here.run(
            "INSERT INTO maru.file_upload (tenant_id, id, kind, on_id, name, size, received,"
            " pieces, expires_at) VALUES ($1, $2, 'board.attachment', $2, 'a.txt', 11, 11,"
            " $3::jsonb, now() + interval '1 day')",
            *(TENANT, blob, json.dumps([[key, len(text)] for key, text in pieces.items()])),
        )
        for key, text in pieces.items():
            await here.house.store.put(key, once(text))
        # Of another upload, which stays behind, five bytes have come.
        await here.run("UPDATE maru.file_usage SET bytes = $2 WHERE id = $1", TENANT, held + 16)
        await export(here, tmp_path / "hanbit.zip")
    finally:
        for table in ("file_upload", "file_blob"):
            await here.run(f"DELETE FROM maru.{table} WHERE id = $1", blob)
        for key in pieces:
            await here.house.store.delete(key)
        await here.run("UPDATE maru.file_usage SET bytes = $2 WHERE id = $1", TENANT, held)
    await take_in(there, tmp_path / "hanbit.zip")
    assert contents(there)[blob_key(TENANT, blob).partition("/")[2]] == b"hello world"
    async with there.house.database.unit(Scope(TENANT), readonly=True) as unit:
        assert await unit.db.scalar(sa.text("SELECT bytes FROM maru.file_usage")) == held + 11
        assert list((await unit.db.execute(LEFT_COMING, {"before": LONG_AGO})).scalars()) == [blob]


@pytest.mark.parametrize("is_there", [True, False])
async def test_an_upload_may_be_put_together_while_it_is_written(
    tmp_path: Path, is_there: bool
) -> None:
    store, blob, after = FolderStore(tmp_path / "files"), uuid7(), uuid7()
    keys = [f"{TENANT}/up/{blob}/{at}" for at in range(2)]
    for key, text in zip(keys, (b"hello ", b"world"), strict=True):
        await store.put(key, once(text))
    await store.put(blob_key(TENANT, after), once(b"next"))
    read = store.read

    async def overtaken(key: str, first: int, end: int) -> AsyncIterator[bytes]:
        async for piece in read(key, first, end):
            yield piece
        if key == keys[0]:
            if is_there:
                await store.put(blob_key(TENANT, blob), once(b"hello world"))
            for one in keys:
                await store.delete(one)

    store.read = overtaken  # type: ignore[method-assign]
    held = [Lying(blob, 11, [(keys[0], 6), (keys[1], 5)]), Lying(after, 4, ())]
    with ArchiveWriter(tmp_path / "a.zip") as archive:
        written = await put_in(archive, store, TENANT, held)
        manifest = Manifest(
            maru="1",
            revisions={},
            versions={},
            exported_at=datetime.now(UTC),
            tenant_id=TENANT,
            slug="hanbit",
            tenant={},
            parts=[],
            contents=archive.list_contents(written),
        )
        archive.finish(manifest, ArchiveKey(Keys(b"k" * 32)))
    reader = ArchiveReader(tmp_path / "a.zip")
    reader.verify()
    assert [b"".join(reader.blocks(one.file)) for one in reader.contents()] == [
        b"hello world" if is_there else b"hello ",
        b"next",
    ]
    reader.close()


async def once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def contents(at: Installation) -> dict[str, bytes]:
    """What the tenant has in the store."""
    folder = at.settings.data / "files" / str(TENANT)
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


async def test_only_its_own_rows_are_in_it(here: Installation, tmp_path: Path) -> None:
    path = tmp_path / "hanbit.zip"
    await export(here, path)
    others = await here.run("SELECT id::text FROM maru.tenant WHERE slug = 'saebom'")
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            assert others.encode() not in archive.read(name)
    assert path.stat().st_mode & 0o777 == 0o600


async def test_what_is_new_has_higher_numbers_than_what_came(
    here: Installation, there: Installation, tmp_path: Path
) -> None:
    await here.run("SELECT setval('maru.event_number_seq', 250000)")
    async with committing(here.house.database.unit(Scope(TENANT))) as unit:
        await unit.db.execute(
            sa.text("INSERT INTO maru.event (id, name) VALUES (:id, 'a.b')"), {"id": uuid7()}
        )
    await export(here, tmp_path / "a.zip")
    await take_in(there, tmp_path / "a.zip")
    most = await there.run("SELECT max(number) FROM maru.event")
    assert await there.run("SELECT nextval('maru.event_number_seq')") > most > 250_000


async def test_a_snapshot_sees_nothing_of_what_comes_meanwhile(
    here: Installation, tmp_path: Path
) -> None:
    added: list[asyncio.Task[object]] = []

    def add(number: int, of: int) -> None:
        if number == 1:
            sql = (
                "INSERT INTO maru.person (tenant_id, id, username, username_key, name)"
                " VALUES ($1, $2, 'late', 'late', '늦은이')"
            )
            added.append(asyncio.ensure_future(here.run(sql, TENANT, uuid7())))

    count = await here.run("SELECT count(*) FROM maru.person WHERE tenant_id = $1", TENANT)
    key = ArchiveKey.of(here.house.keys, None)
    manifest = await Exporter(here.house, key).write(TENANT, tmp_path / "a.zip", told=add)
    await asyncio.gather(*added)
    try:
        (people,) = [part for part in manifest.parts if part.table == "maru.person"]
        assert people.rows == count
    finally:
        await here.run("DELETE FROM maru.person WHERE username = 'late'")


async def test_another_secret_needs_the_passphrase(
    engines: Engines, template: str, here: Installation, tmp_path: Path
) -> None:
    plain, sealed = tmp_path / "plain.zip", tmp_path / "sealed.zip"
    await export(here, plain)
    await export(here, sealed, PHRASE)
    other = "another secret that is long enough too"
    async with installation(engines, template, secret_key=other) as far:
        for path, phrase in ((plain, None), (plain, PHRASE), (sealed, None), (sealed, "no" * 9)):
            with pytest.raises(ArchiveForeign):
                await take_in(far, path, phrase)
        await take_in(far, sealed, PHRASE)
        tokens = await far.house.sessions.login(TENANT, "admin", PASSWORD)
        assert tokens.caller.tenant_id == TENANT


async def test_what_a_tenant_has_sealed_opens_where_it_moved_to(
    engines: Engines, template: str, here: Installation, tmp_path: Path
) -> None:
    sealed = await here.house.vault.seal(TENANT, "열려라 참깨", "here")
    await export(here, tmp_path / "a.zip", PHRASE)
    other = "another secret that is long enough too"
    async with installation(engines, template, secret_key=other) as far:
        await take_in(far, tmp_path / "a.zip", PHRASE)
        assert await far.house.vault.open(TENANT, sealed, "here") == "열려라 참깨"
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        row = json.loads(archive.read("tables/maru.tenant_key.ndjson"))
    assert row["sealed"] != await here.run("SELECT sealed FROM maru.tenant_key LIMIT 1")


async def test_nothing_is_taken_in_twice(here: Installation, tmp_path: Path) -> None:
    await export(here, tmp_path / "a.zip")
    before = compared(await here.rows(TENANT))
    with pytest.raises(TenantThere):
        await take_in(here, tmp_path / "a.zip")
    assert compared(await here.rows(TENANT)) == before


def changed(path: Path, name: str, change: Callable[[bytes], bytes | None]) -> Path:
    """The archive with one file otherwise, or without it."""
    out = path.with_name(f"changed-{uuid4().hex}.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for one in old.namelist():
            content = old.read(one)
            told = change(content) if one == name else content
            if told is not None:
                new.writestr(one, told)
    return out


def with_row(content: bytes) -> bytes:
    row = json.loads(content.splitlines()[0])
    return content + json.dumps({**row, "id": str(uuid7()), "username": "x"}).encode() + b"\n"


PEOPLE = "tables/maru.person.ndjson"
TAMPERED: dict[str, tuple[str, Callable[[bytes], bytes | None]]] = {
    "a row more": (PEOPLE, with_row),
    "a table less": (PEOPLE, lambda _: None),
    "another name": (PEOPLE, lambda content: content.replace(b'"admin"', b'"owner"')),
    "no manifest": ("manifest.json", lambda _: None),
    "no signature": ("manifest.sig", lambda _: None),
    "no json": ("manifest.json", lambda _: b"{"),
    "a hash": ("manifest.json", lambda content: content.replace(b'"sha256": "', b'"sha256": "0')),
    "another tenant": ("manifest.json", lambda c: c.replace(str(TENANT).encode(), b"0" * 32)),
}


@pytest.fixture(scope="module")
async def archive(here: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "hanbit.zip"
    await export(here, path)
    return path


@pytest.fixture(scope="module")
async def empty(engines: Engines, template: str) -> AsyncIterator[Installation]:
    async with installation(engines, template) as made:
        yield made


@pytest.mark.parametrize("how", TAMPERED)
async def test_what_was_changed_is_refused(empty: Installation, archive: Path, how: str) -> None:
    path = changed(archive, *TAMPERED[how])
    with pytest.raises((ArchiveBroken, ArchiveForeign)):
        await take_in(empty, path)
    assert await empty.run("SELECT count(*) FROM maru.tenant") == 0
    assert await empty.run("SELECT count(*) FROM maru.person") == 0


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
async def test_half_a_file_is_refused(empty: Installation, archive: Path, share: float) -> None:
    content = archive.read_bytes()
    path = archive.with_name(f"half-{share}.zip")
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ArchiveBroken):
        await take_in(empty, path)


async def test_another_version_is_refused(empty: Installation, archive: Path) -> None:
    before = await empty.run("SELECT version_num FROM plugin_board.alembic_version")
    await empty.run("UPDATE plugin_board.alembic_version SET version_num = 'older'")
    try:
        with pytest.raises(OtherVersion, match="plugin_board"):
            await take_in(empty, archive)
    finally:
        await empty.run("UPDATE plugin_board.alembic_version SET version_num = $1", before)


async def test_a_killed_import_leaves_nothing_that_the_next_stumbles_over(
    here: Installation, there: Installation, archive: Path
) -> None:
    importer = Importer(there.house, there.system)

    def kill(number: int, of: int) -> None:
        if number == of - 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await importer.read(archive, told=kill)
    assert await there.run("SELECT count(*) FROM maru.tenant") == 0
    # What one leaves that dies between its two commits: rows of a tenant that isn't there.
    people = ArchiveReader(archive).manifest.parts
    assert people
    sql = (
        "INSERT INTO maru.person (tenant_id, id, username, username_key, name)"
        " VALUES ($1, $2, 'admin', 'admin', 'x')"
    )
    await there.run(sql, TENANT, uuid7())
    await take_in(there, archive)
    assert compared(await there.rows(TENANT)).keys() == compared(await here.rows(TENANT)).keys()


async def test_erasing_leaves_no_row_and_nobody_elses_alone(
    there: Installation, archive: Path
) -> None:
    await take_in(there, archive)
    other = uuid7()
    await there.run("INSERT INTO maru.tenant (id, slug, name) VALUES ($1, 'o', 'O')", other)
    for tenant in (TENANT, other):
        sql = "INSERT INTO maru.audit (tenant_id, id, action, target) VALUES ($1, $2, 'a', 'b')"
        await there.run(sql, tenant, uuid7())
        sql = (
            "INSERT INTO maru.live_message (tenant_id, id, room, event, data)"
            " VALUES ($1, $2, 'a', 'b', '{}')"
        )
        await there.run(sql, tenant, uuid7())
    held = f"maru-test:{{{TENANT}}}:page:x"
    await there.house.redises.cache.client.set(held, "kept")
    eraser = Eraser(there.house.database, there.system, there.house.redises, there.house.store)
    gone = await eraser.erase(TENANT)
    assert gone > 100
    left = {name: len(rows) for name, rows in (await there.rows(TENANT)).items() if rows}
    assert left == {}
    kept = {name: len(rows) for name, rows in (await there.rows(other)).items() if rows}
    assert kept == {"maru.audit": 1, "maru.live_message": 1}
    assert await there.house.redises.cache.client.get(held) is None
    assert await eraser.erase(TENANT) == 0
