"""The embedded PostgreSQL: what it makes, and that no death of anything needs a repair."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from maru.embedded import EmbeddedPostgres, EngineFault
from maru.embedded.folder import alive

START = """
import sys, time
from pathlib import Path
from maru.embedded import EmbeddedPostgres
engine = EmbeddedPostgres(Path(sys.argv[1]))
if "untied" in sys.argv:
    tied = engine.command
    engine.command = lambda: [w for w in tied() if w not in ("--pdeathsig", "INT")]
engine.start()
print(engine.pid, flush=True)
time.sleep(60)
"""


def start_elsewhere(data: Path, *words: str) -> subprocess.Popen[str]:
    """Start the engine from a process that a test may kill."""
    return subprocess.Popen(
        [sys.executable, "-c", START, str(data), *words], stdout=subprocess.PIPE, text=True
    )


def pid_of(holder: subprocess.Popen[str]) -> int:
    assert holder.stdout is not None
    return int(holder.stdout.readline())


def kill(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    assert holder.stdout is not None
    holder.stdout.close()


async def count_in(url: str, table: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))
    finally:
        await connection.close()


async def write_rows(url: str, table: str, rows: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"CREATE SCHEMA IF NOT EXISTS kept; CREATE TABLE {table}(n int)")
        await connection.execute(f"INSERT INTO {table} SELECT generate_series(1, {rows})")
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[EmbeddedPostgres]]:
    """Two engines side by side, as two demos have them."""
    engines = [
        EmbeddedPostgres(tmp_path_factory.mktemp("pg") / name, durable=False)
        for name in ("one", "two")
    ]
    for engine in engines:
        engine.start()
    yield engines
    for engine in engines:
        engine.stop()


async def test_owner_may_create_roles_and_nothing_more(two: list[EmbeddedPostgres]) -> None:
    connection = await asyncpg.connect(two[0].owner_url)
    try:
        role = await connection.fetchrow("SELECT * FROM pg_roles WHERE rolname = current_user")
        owner = await connection.fetchval(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        )
    finally:
        await connection.close()
    assert role is not None
    assert role["rolcreaterole"]
    assert not role["rolsuper"]
    assert not role["rolbypassrls"]
    assert owner == "maru_owner"


async def test_hangul_sorts_as_in_a_dictionary(two: list[EmbeddedPostgres]) -> None:
    connection = await asyncpg.connect(two[0].owner_url)
    try:
        order = await connection.fetchval(
            "SELECT string_agg(w, '' ORDER BY w) FROM unnest(string_to_array('하나가b', NULL)) w"
        )
    finally:
        await connection.close()
    assert order == "b가나하"


async def test_serving_roles_cannot_set_their_tenant(two: list[EmbeddedPostgres]) -> None:
    owner = await asyncpg.connect(two[0].owner_url)
    try:
        await owner.execute(f"CREATE ROLE maru_app LOGIN PASSWORD '{two[0].password('maru_app')}'")
        app = await asyncpg.connect(two[0].app_url)
        try:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute("SELECT set_config('maru.tenant', 'x', false)")
        finally:
            await app.close()
    finally:
        await owner.close()


async def test_two_engines_run_side_by_side(two: list[EmbeddedPostgres]) -> None:
    await write_rows(two[0].owner_url, "kept.only_here", 3)
    assert two[0].port != two[1].port
    with pytest.raises(asyncpg.UndefinedTableError):
        await count_in(two[1].owner_url, "kept.only_here")


def test_a_folder_in_use_is_refused(two: list[EmbeddedPostgres]) -> None:
    with pytest.raises(EngineFault, match=rf"in use by another Maru \(process {os.getpid()}\)"):
        EmbeddedPostgres(two[0].folder.path).start()


def test_no_password_stands_on_a_command_line(two: list[EmbeddedPostgres]) -> None:
    line = Path(f"/proc/{two[0].pid}/cmdline").read_text("utf-8")
    secrets = [two[0].password(role) for role in ("postgres", "maru_owner", "maru_app")]
    assert not [secret for secret in secrets if secret in line]
    assert (two[0].folder.path / "kept.json").stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root drops to another user")
def test_as_root_it_runs_as_nobody_below_a_closed_home(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with EmbeddedPostgres(home / "data", durable=False) as engine:
        status = Path(f"/proc/{engine.pid}/status").read_text("ascii")
    assert "Uid:\t65534\t65534\t65534\t65534" in status
    assert "CapEff:\t0000000000000004" in status  # may enter and read folders, no more


@pytest.mark.parametrize("sign", ["cluster.new.*", "cluster.new.*/global/pg_control", "cluster"])
def test_killed_while_it_is_made_the_next_start_works(tmp_path: Path, sign: str) -> None:
    data = tmp_path / "pg"
    holder = start_elsewhere(data)
    end = time.monotonic() + 10
    while not list(data.glob(sign)):
        assert time.monotonic() < end
        time.sleep(0.005)
    kill(holder)
    with EmbeddedPostgres(data) as engine:
        assert asyncio.run(count_in(engine.owner_url, "pg_roles")) > 0
    assert not list(data.glob("cluster.new.*"))


async def test_committed_rows_outlive_the_death_of_all(tmp_path: Path) -> None:
    holder = start_elsewhere(tmp_path / "pg")
    postmaster = pid_of(holder)
    url = EmbeddedPostgres(tmp_path / "pg")
    url._kept = url.folder.read("kept.json")
    await write_rows(url.owner_url, "kept.rows", 500)
    os.kill(postmaster, signal.SIGKILL)
    kill(holder)
    with EmbeddedPostgres(tmp_path / "pg") as engine:
        assert await count_in(engine.owner_url, "kept.rows") == 500


def test_the_engine_dies_with_a_killed_parent(tmp_path: Path) -> None:
    holder = start_elsewhere(tmp_path / "pg")
    postmaster = pid_of(holder)
    kill(holder)
    with EmbeddedPostgres(tmp_path / "pg"):
        assert not alive(postmaster, "postgres")


def test_a_server_that_nobody_ties_is_ended_first(tmp_path: Path) -> None:
    holder = start_elsewhere(tmp_path / "pg", "untied")
    postmaster = pid_of(holder)
    kill(holder)
    assert alive(postmaster, "postgres")
    with EmbeddedPostgres(tmp_path / "pg"):
        assert not alive(postmaster, "postgres")


def test_the_port_is_remembered_and_given_up_when_taken(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "a", durable=False) as engine:
        port = engine.port
    again = EmbeddedPostgres(tmp_path / "a", durable=False)
    again.prepare()
    assert again.port == port
    again.folder.close()
    other = EmbeddedPostgres(tmp_path / "b", durable=False)
    other.folder.open()
    other._keep(port=port)
    other.folder.close()
    with engine, other:
        assert other.port != engine.port


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("made") / "pg"
    engine = EmbeddedPostgres(data, durable=False)
    engine.prepare()
    engine.folder.close()
    return data


def test_data_of_another_version_is_refused(made: Path) -> None:
    mark = made / "cluster" / "PG_VERSION"
    mark.write_text("17\n", "ascii")
    try:
        with pytest.raises(EngineFault, match="holds data of PostgreSQL 17, this Maru runs 18"):
            EmbeddedPostgres(made).start()
    finally:
        mark.write_text("18\n", "ascii")


def test_a_stray_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    with pytest.raises(EngineFault, match="isn't a PostgreSQL folder"):
        EmbeddedPostgres(tmp_path).start()


def test_lost_passwords_are_named(made: Path) -> None:
    kept = made / "kept.json"
    content = kept.read_text("utf-8")
    kept.unlink()
    try:
        with pytest.raises(EngineFault, match=r"has lost its passwords \(kept.json\)"):
            EmbeddedPostgres(made).start()
    finally:
        kept.write_text(content, "utf-8")


def test_data_of_another_user_is_refused(made: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    before = (made / "cluster").stat()
    os.chown(made / "cluster", 12345, 12345)
    try:
        with pytest.raises(EngineFault, match=r"was made by another user \(number 12345\)"):
            EmbeddedPostgres(made).start()
    finally:
        os.chown(made / "cluster", before.st_uid, before.st_gid)


def test_broken_data_is_said_in_one_line(made: Path, tmp_path: Path) -> None:
    control = made / "cluster" / "global" / "pg_control"
    content = control.read_bytes()
    control.write_bytes(b"")
    try:
        with pytest.raises(EngineFault, match=r"postgres doesn't start: .*pg_control") as fault:
            EmbeddedPostgres(made).start()
    finally:
        control.write_bytes(content)
    assert "\n" not in str(fault.value)
