"""The doctor: a sound house has no fault, each planted one is found with the line that mends it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from tests.core.mail.servers import mail_server
from tests.engines import Engines, run_as

from maru.cli.doctor import _examine
from maru.cli.doctor.database import database_findings
from maru.cli.doctor.finding import Finding, Level
from maru.cli.doctor.machine import machine_findings
from maru.cli.doctor.outward import outward_findings
from maru.cli.doctor.redis import redis_findings
from maru.cli.doctor.secret import secret_findings
from maru.crypto.check import check_secret
from maru.crypto.keys import Keys
from maru.db.database import Database
from maru.embedded.engine import free_port
from maru.settings import Settings


def faults(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings if finding.level is Level.FAULT}


def changed(settings: Settings, **values: object) -> Settings:
    return settings.model_copy(update=values)


async def test_a_sound_database_has_no_fault(settings: Settings) -> None:
    findings = await database_findings(settings)
    assert faults(findings) == {}
    assert [finding.subject for finding in findings] == [
        "PostgreSQL",
        "clock",
        "role maru_app",
        "row-level security",
        "role maru_system",
    ]


async def test_sound_redises_have_no_fault(settings: Settings) -> None:
    findings = await redis_findings(settings)
    assert faults(findings) == {}
    assert len(findings) == 5


async def test_the_secret_key_is_the_one_that_was_sealed_with(settings: Settings) -> None:
    key = "Zq8-4hW_r2Lm9xTn3vBc7pKd5sYf1gJe"
    ours = changed(settings, secret_key=key)
    assert [one.state for one in await secret_findings(ours)][-1] == "nothing was sealed yet"
    async with await Database.open(settings.database_url, pool_size=1) as database:
        await check_secret(database, Keys(key.encode()))
    assert faults(await secret_findings(ours)) == {}
    other = changed(settings, secret_key=key[::-1])
    found = faults(await secret_findings(other))["sealed secrets"]
    assert "MARU_SECRET_KEY" in found.mend
    turning = changed(settings, secret_key=key[::-1], secret_key_old=key)
    assert faults(await secret_findings(turning)) == {}
    assert "rewrap" in (await secret_findings(turning))[-1].mend
    told = " ".join(f"{one.state} {one.mend}" for one in await secret_findings(other))
    assert key not in told
    assert key[::-1] not in told


async def test_a_secret_key_that_can_be_guessed_is_found(settings: Settings) -> None:
    weak = changed(settings, secret_key="a" * 40)
    assert "secret key" in faults(await secret_findings(weak))


async def test_no_secret_key_is_said(settings: Settings, tmp_path: Path) -> None:
    (found,) = await secret_findings(changed(settings, secret_key="", data=tmp_path))
    assert (found.level, found.subject) == (Level.NOTE, "secret key")
    assert not (tmp_path / "secret.key").exists()  # to look draws none


async def test_a_role_that_bypasses_is_found(settings: Settings, engines: Engines) -> None:
    database = settings.database_url.rpartition("/")[2]
    bypassing = changed(settings, database_url=engines.postgres("postgres", database))
    found = faults(await database_findings(bypassing))["role postgres"]
    assert "is a superuser" in found.state
    assert found.mend.startswith('ALTER ROLE "postgres" NOSUPERUSER NOBYPASSRLS')


async def test_a_role_that_owns_is_found(settings: Settings) -> None:
    owning = changed(settings, database_url=settings.database_owner_url)
    found = faults(await database_findings(owning))["role maru_owner"]
    assert "owns" in found.state
    assert found.mend.startswith('REASSIGN OWNED BY "maru_owner"')


async def test_a_table_without_its_wall_is_found(settings: Settings, engines: Engines) -> None:
    database = settings.database_url.rpartition("/")[2]
    await run_as(
        engines,
        "maru_owner",
        "ALTER TABLE maru.person NO FORCE ROW LEVEL SECURITY",
        database=database,
    )
    found = faults(await database_findings(settings))["row-level security"]
    assert "person" in found.state
    assert found.mend == "./maru migrate"


async def test_an_empty_database_is_to_be_migrated(settings: Settings, engines: Engines) -> None:
    empty = changed(settings, database_url=engines.postgres("maru_app", "template1"))
    found = faults(await database_findings(empty))["role maru_app"]
    assert found.mend == "./maru migrate"


async def test_a_dead_database_is_named_by_its_setting(settings: Settings) -> None:
    nowhere = f"postgresql://maru_app:secret@127.0.0.1:{free_port()}/maru"
    found = faults(await database_findings(changed(settings, database_url=nowhere)))
    assert list(found) == ["MARU_DATABASE_URL"]
    assert "secret" not in str(found)


async def test_a_queue_that_forgets_is_found(settings: Settings) -> None:
    forgetful = changed(settings, redis_queue_url=settings.redis_cache_url)
    found = [each for each in await redis_findings(forgetful) if each.level is Level.FAULT]
    assert [each.mend.split(" (")[0] for each in found] == [
        "redis-cli CONFIG SET maxmemory-policy noeviction",
        "redis-cli CONFIG SET appendonly yes",
    ]


async def test_a_dead_redis_is_named_by_its_setting(settings: Settings) -> None:
    dead = changed(settings, redis_cache_url=f"redis://:secret@127.0.0.1:{free_port()}/0")
    found = faults(await redis_findings(dead))
    assert list(found) == ["MARU_REDIS_CACHE_URL"]
    assert "secret" not in str(found)


async def test_what_is_not_set_is_named(settings: Settings) -> None:
    bare = changed(settings, database_system_url="", redis_live_url="")
    found = faults([*await database_findings(bare), *await redis_findings(bare)])
    assert set(found) == {"MARU_DATABASE_SYSTEM_URL", "MARU_REDIS_LIVE_URL"}


async def test_a_fresh_clone_is_told_what_to_do(tmp_path: Path) -> None:
    last = (await _examine(Settings(data=tmp_path)))[-1]
    assert (last.level, last.subject) == (Level.NOTE, "servers")
    assert last.mend.startswith("./maru demo")


async def test_a_stopped_demo_is_no_fault(settings: Settings, tmp_path: Path) -> None:
    last = (await _examine(changed(settings, demo=True, data=tmp_path)))[-1]
    assert (last.level, last.mend) == (Level.NOTE, "./maru demo")


def test_a_port_of_somebody_else_is_noted(settings: Settings, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        taken_port = changed(settings, port=taken.getsockname()[1], data=tmp_path)
        findings = {finding.subject: finding for finding in machine_findings(taken_port)}
    assert findings["port"].level is Level.NOTE


def test_the_state_of_a_dead_supervisor_counts_for_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    dead = {"web": {"pid": 1, "state": "dead", "restarts": 4}}
    state = {"pid": 2**22 + 1, "port": 8400, "children": dead}
    (tmp_path / "run.json").write_text(json.dumps(state), "utf-8")
    subjects = [found.subject for found in machine_findings(changed(settings, data=tmp_path))]
    assert "process web" not in subjects


@pytest.mark.parametrize("subject", ["versions", "disk", "port", "fonts", "Chromium"])
def test_the_machine_is_looked_at(settings: Settings, tmp_path: Path, subject: str) -> None:
    subjects = [found.subject for found in machine_findings(changed(settings, data=tmp_path))]
    assert subjects.count(subject) == 1


def test_a_mistyped_setting_is_noted(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARU_DATBASE_URL", "postgresql://host/maru")
    monkeypatch.setenv("MARU_SECRET_KEY_FILE", "/run/secret")
    findings = machine_findings(changed(settings, data=tmp_path))
    found = {each.subject: each.mend for each in findings if each.subject.startswith("MARU_")}
    assert found == {"MARU_DATBASE_URL": "did you mean MARU_DATABASE_URL?"}


async def test_a_mail_server_is_asked(settings: Settings) -> None:
    with mail_server() as server:
        there = changed(settings, smtp_url=f"smtp://127.0.0.1:{server.port}")
        assert faults(await outward_findings(there)) == {}
    found = faults(await outward_findings(there))["MARU_SMTP_URL"]
    assert found.mend.startswith("start the server")


async def test_no_mail_server_is_no_fault_but_said(settings: Settings) -> None:
    (found,) = await outward_findings(settings)
    assert (found.level, found.subject) == (Level.NOTE, "mail")


async def test_what_is_opened_is_said(settings: Settings, tmp_path: Path) -> None:
    given = {"outside_allow": ["10.0.0.0/99"], "smtp_url": (tmp_path / "mail").as_uri()}
    assert "MARU_OUTSIDE_ALLOW" in faults(await outward_findings(changed(settings, **given)))
    opened, mail = await outward_findings(
        changed(settings, **{**given, "outside_allow": [".corp"]})
    )
    assert (opened.level, mail.level) == (Level.NOTE, Level.OK)
