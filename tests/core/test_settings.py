"""The settings: where they come from, what stands in for what, and how each fault is said."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from maru.settings import SAVED, SettingFault, load_settings


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("MARU_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("MARU_DATA", str(tmp_path))


def test_redis_falls_back_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARU_REDIS_URL", "redis://all")
    monkeypatch.setenv("MARU_REDIS_QUEUE_URL", "redis+sentinel://a:1,b:2/main")
    settings = load_settings()
    assert settings.redis_queue_url == "redis+sentinel://a:1,b:2/main"
    assert settings.redis_cache_url == "redis://all"
    assert settings.redis_live_url == settings.redis_queue_url


def test_a_file_may_hold_any_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{'k' * 40}\n", "utf-8")
    monkeypatch.setenv("MARU_SECRET_KEY_FILE", str(secret))
    assert load_settings().secret_key == "k" * 40


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_a_database_is_named_in_one_way(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    monkeypatch.setenv("MARU_DATABASE_URL", f"{scheme}://u:p@host/maru?sslmode=require")
    assert load_settings().database_url == "postgresql://u:p@host/maru?sslmode=require"


def test_lists_are_words_between_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARU_CORS_ORIGINS", "https://a.example, https://b.example,")
    assert load_settings().cors_origins == ["https://a.example", "https://b.example"]


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARU_PORT", "")
    assert load_settings().port == 8400


FAULTS = {
    "MARU_PORT": ("70000", "less than or equal to 65535 (it is '70000')"),
    "MARU_DATABASE_URL": ("mysql://host/x", "must be a URL such as postgresql://"),
    "MARU_DATABASE_OWNER_URL": ("postgresql://h:99999/x", "Port out of range"),
    "MARU_REDIS_URL": ("localhost:6379", "must be a URL such as redis://"),
    "MARU_SECRET_KEY": ("short", "must have 32 characters or more"),
    "MARU_LOG_LEVEL": ("loud", "(it is 'LOUD')"),
    "MARU_DB_POOL_SIZE": ("0", "greater than or equal to 1"),
    "MARU_STATEMENT_TIMEOUT": ("soon", "valid number"),
    "MARU_INSTANCE": ("Main Portal", "should match pattern"),
    "MARU_DEMO": ("perhaps", "valid boolean"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_names_its_setting_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    value, problem = FAULTS[name]
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingFault) as fault:
        load_settings()
    assert fault.value.setting == name
    assert problem in fault.value.problem
    assert "\n" not in str(fault.value)


def test_a_fault_tells_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARU_DATABASE_URL", "mysql://user:hunter2@host/x")
    with pytest.raises(SettingFault) as fault:
        load_settings()
    assert "hunter2" not in str(fault.value)


def test_no_secret_stands_in_the_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARU_DATABASE_URL", "postgresql://user:hunter2@host/x")
    monkeypatch.setenv("MARU_SECRET_KEY", "hunter2" * 6)
    assert "hunter2" not in repr(load_settings())


def test_a_missing_file_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARU_SECRET_KEY_FILE", "/nowhere/key")
    with pytest.raises(
        SettingFault, match=r"^MARU_SECRET_KEY_FILE: can't read /nowhere/key: no such"
    ):
        load_settings()


def test_a_value_and_a_file_contradict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MARU_SECRET_KEY", "k" * 40)
    monkeypatch.setenv("MARU_SECRET_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(SettingFault, match="MARU_SECRET_KEY is set too"):
        load_settings()


def test_a_demo_beside_is_reached_without_settings(tmp_path: Path) -> None:
    (tmp_path / SAVED).write_text(json.dumps({"database_url": "postgresql://demo/maru"}), "utf-8")
    assert load_settings().database_url == "postgresql://demo/maru"
    assert load_settings(saved=False).database_url == ""


def test_a_demo_beside_is_not_mixed_with_named_servers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / SAVED).write_text(json.dumps({"database_url": "postgresql://demo/maru"}), "utf-8")
    monkeypatch.setenv("MARU_REDIS_URL", "redis://real")
    assert load_settings().database_url == ""


def test_what_is_needed_and_missing_is_named() -> None:
    with pytest.raises(SettingFault, match=r"^MARU_DATABASE_URL: is not set$"):
        load_settings().require("port", "database_url")
