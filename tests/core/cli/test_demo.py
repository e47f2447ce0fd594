"""What the demo prepares before its first process: its folder, its port, its environments."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from maru.cli.demo import Demo
from maru.cli.demo_folder import DemoFolder
from maru.embedded.engine import EngineFault, free_port
from maru.settings import Fault, SettingFault, load_settings

REAL = {
    "database_url": "postgresql://maru_app:a@real/maru",
    "database_owner_url": "postgresql://owner:b@real/maru",
    "database_system_url": "postgresql://maru_system:c@real/maru",
    "redis_url": "redis://real",
}


def demo_in(data: Path, port: int | None = None, **outer: str) -> Demo:
    return Demo(DemoFolder(data), load_settings(saved=False, **outer), port or free_port())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    demo = demo_in(tmp_path_factory.mktemp("demo") / "data")
    demo.prepare(None, reset=False)
    yield demo
    close(demo)


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Demo]:
    """One without engines of its own, which is made faster."""
    demo = demo_in(tmp_path / "data", None, **REAL)
    demo.prepare(None, reset=False)
    yield demo
    close(demo)


def close(demo: Demo) -> None:
    for engine in demo.engines.values():
        engine.folder.close()
    demo.folder._folder.close()


def test_the_password_is_drawn_once_and_kept(bare: Demo) -> None:
    first = bare.folder.password
    close(bare)
    again = demo_in(bare.folder.path, None, **REAL)
    again.prepare(None, reset=False)
    close(again)
    assert len(first) >= 12
    assert again.folder.password == first
    assert (bare.folder.path / "demo.json").stat().st_mode & 0o077 == 0


def test_a_given_password_takes_its_place(bare: Demo) -> None:
    close(bare)
    again = demo_in(bare.folder.path, None, **REAL)
    again.prepare("비밀 번호", reset=False)
    close(again)
    assert again.folder.password == "비밀 번호"


def test_a_process_gets_only_the_roles_that_it_needs(
    made: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MARU_DATABASE_OWNER_URL_FILE", "/somewhere")
    web, scheduler = made._environment(), made._environment("system")
    assert web["MARU_DATABASE_URL"].startswith("postgresql://maru_app:")
    assert "MARU_DATABASE_OWNER_URL" not in web
    assert "MARU_DATABASE_OWNER_URL_FILE" not in web
    assert "MARU_DATABASE_SYSTEM_URL" not in web
    assert scheduler["MARU_DATABASE_SYSTEM_URL"].startswith("postgresql://maru_system:")
    assert "MARU_DATABASE_OWNER_URL" not in scheduler


def test_commands_beside_it_find_its_servers(made: Demo) -> None:
    settings = load_settings(data=made.folder.path)
    assert settings.database_url == made._values()["database_url"]
    assert settings.instance == f"demo-{made.port}"
    assert settings.redis_live_url == settings.redis_queue_url != settings.redis_cache_url


def test_reset_forgets_what_a_demo_made(tmp_path: Path) -> None:
    notes = {"layout": 99, "password": "old"}
    (tmp_path / "demo.json").write_text(json.dumps(notes), "utf-8")
    (tmp_path / "postgres" / "cluster").mkdir(parents=True)
    demo = demo_in(tmp_path)
    demo.prepare(None, reset=True)
    close(demo)
    assert demo.folder.password not in {"", "old"}
    assert (tmp_path / "postgres" / "cluster" / "PG_VERSION").exists()


def test_reset_does_not_pretend_to_empty_a_named_database(tmp_path: Path) -> None:
    demo = demo_in(tmp_path / "d", None, **REAL)
    with pytest.raises(Fault, match="--reset: the database is MARU_DATABASE_URL's"):
        demo.prepare(None, reset=True)
    close(demo)


def test_a_second_demo_in_the_folder_is_refused(bare: Demo) -> None:
    with pytest.raises(EngineFault, match="is in use by another Maru"):
        demo_in(bare.folder.path, None, **REAL).prepare(None, reset=False)


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.odt").touch()
    for reset in (False, True):
        with pytest.raises(EngineFault, match=r"isn't a folder of Maru's \(thesis.odt is in it\)"):
            demo_in(tmp_path).prepare(None, reset=reset)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.odt"]


def test_a_folder_of_another_layout_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text(json.dumps({"layout": 99}), "utf-8")
    demo = demo_in(tmp_path)
    with pytest.raises(EngineFault, match=r"another version of Maru \(layout 99\)"):
        demo.prepare(None, reset=False)
    close(demo)


def test_a_port_in_use_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maru.cli.demo.PORT_PATIENCE", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        demo = demo_in(tmp_path / "d", port)
        with pytest.raises(Fault, match=f"--port: {port} is in use"):
            demo.prepare(None, reset=False)
        close(demo)


def test_named_servers_take_the_place_of_engines(tmp_path: Path) -> None:
    demo = demo_in(tmp_path / "d", None, **REAL)
    demo.prepare(None, reset=False)
    close(demo)
    assert demo.engines == {}
    assert demo._environment("owner")["MARU_DATABASE_OWNER_URL"] == REAL["database_owner_url"]
    assert demo._environment()["MARU_REDIS_CACHE_URL"] == "redis://real"


def test_a_named_database_needs_its_other_roles(tmp_path: Path) -> None:
    demo = demo_in(tmp_path / "d", database_url=REAL["database_url"])
    with pytest.raises(SettingFault, match="MARU_DATABASE_OWNER_URL: is not set"):
        demo.prepare(None, reset=False)
    close(demo)
