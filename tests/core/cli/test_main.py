"""The command line's frame: what it lists, and that every fault is one line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

import maru.cli as cli_module
from maru.cli import main
from maru.settings import Fault

DEMO = ("maru.app", "maru.db.migrate", "maru.scheduler", "maru.worker")
Maru = Callable[..., tuple[int, str, str]]


@pytest.fixture
def maru(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Maru:
    """Run a command line and give its status and what it printed."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["maru", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out, printed.err

    return run


def only(monkeypatch: pytest.MonkeyPatch, *modules: str) -> None:
    """Make the command line believe that these modules alone are installed."""
    monkeypatch.setattr(cli_module, "exists", lambda module: module in modules)


def test_help_lists_only_what_is_there(maru: Maru, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "maru.worker")
    status, out, _ = maru("--help")
    listed = [line.split()[0] for line in out.partition("Commands:\n")[2].splitlines()]
    assert status == 0
    assert listed == ["test", "install", "worker"]


def test_what_is_missing_is_no_command(maru: Maru, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch)
    status, _, err = maru("scheduler")
    assert status == 2
    assert err == "maru: No such command 'scheduler'.\n"


def test_without_a_command_it_shows_its_help(maru: Maru) -> None:
    status, out, err = maru()
    assert "Commands:" in out + err
    assert status in {0, 2}


def test_a_fault_is_one_line_and_status_2(maru: Maru, monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def faulty() -> None:
        raise Fault("MARU_DATABASE_URL: is not set")

    monkeypatch.setattr(cli_module.cli, "get_command", lambda *_: faulty)
    status, out, err = maru("worker")
    assert (status, out, err) == (2, "", "maru: MARU_DATABASE_URL: is not set\n")


@pytest.mark.parametrize("people", ["0", "-5", "100000", "100,000", "many"])
def test_a_wrong_number_of_people_is_one_line(
    maru: Maru, monkeypatch: pytest.MonkeyPatch, people: str, tmp_path: Path
) -> None:
    only(monkeypatch, *DEMO)
    status, _, err = maru("demo", "--data", str(tmp_path / "d"), "--people", people)
    assert status == 2
    assert err.startswith("maru: Invalid value for '--people': ")
    assert err.count("\n") == 1
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_wrong_port_is_one_line(
    maru: Maru, monkeypatch: pytest.MonkeyPatch, port: str, tmp_path: Path
) -> None:
    only(monkeypatch, *DEMO)
    status, _, err = maru("demo", "--data", str(tmp_path / "d"), "--port", port)
    assert status == 2
    assert err.startswith("maru: Invalid value for '--port': ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("password", ["", "x" * 129, "tab\tbed"])
def test_a_wrong_password_is_one_line(
    maru: Maru, monkeypatch: pytest.MonkeyPatch, password: str, tmp_path: Path
) -> None:
    only(monkeypatch, *DEMO)
    status, _, err = maru("demo", "--data", str(tmp_path / "d"), "--password", password)
    assert status == 2
    assert err == "maru: --password: must have 1 to 128 printable characters\n"
