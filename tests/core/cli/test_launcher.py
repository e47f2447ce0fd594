"""The launcher: what it installs and when, and how it says what is in its way."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def launcher() -> Iterator[ModuleType]:
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader = SourceFileLoader("maru_launcher", str(ROOT / "maru"))
    spec = spec_from_loader("maru_launcher", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    yield module
    sys.dont_write_bytecode = before


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small checkout whose environment is already made."""
    files = {
        "requirements.lock": "alpha==1 \\\n    --hash=sha256:00\nbeta==2\n",
        "requirements-dev.lock": "gamma==3 \\\n    --hash=sha256:22\n",
        "sdk/pyproject.toml": "[project]\n",
        "core/pyproject.toml": "[project]\n",
        "core/web/package-lock.json": "{}",
        "core/web/src/app.ts": "1",
        "core/web/node_modules/dep/index.js": "1",
        "core/src/maru/static/.stamp": "x",
        "plugins/board/pyproject.toml": "[project]\n",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    return tmp_path


@pytest.fixture
def environment(launcher: ModuleType, checkout: Path) -> Any:
    """The environment of that checkout, with everything stamped."""
    made = launcher.Environment(checkout)
    made.write_stamp("venv", str(made.python.resolve()))
    made.write_stamp("requirements.lock", made.lock_stamp("requirements.lock"))
    made.write_stamp("members", made.members_stamp())
    return made


def steps(environment: Any, *, dev: bool = False) -> list[str]:
    return [what for what, _ in environment.work(dev=dev)]


def test_nothing_is_done_when_nothing_has_changed(environment: Any) -> None:
    assert steps(environment) == []


def test_a_fresh_checkout_needs_every_step(launcher: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text("alpha==1\n", "utf-8")
    assert steps(launcher.Environment(tmp_path)) == [
        "making the environment .venv",
        "installing 1 packages",
        "installing Maru and building its pages",
    ]


def test_tests_need_more_packages(environment: Any) -> None:
    assert steps(environment, dev=True) == ["installing 1 packages for tests"]


@pytest.mark.parametrize(
    ("change", "step"),
    [
        ("requirements.lock", "installing 2 packages"),
        ("plugins/board/pyproject.toml", "installing Maru and building its pages"),
        ("plugins/new/pyproject.toml", "installing Maru and building its pages"),
        ("core/web/src/app.ts", "installing Maru and building its pages"),
        ("core/web/src/new.ts", "installing Maru and building its pages"),
        ("core/build_hook/hook.py", "installing Maru and building its pages"),
    ],
)
def test_a_change_is_seen(environment: Any, checkout: Path, change: str, step: str) -> None:
    path = checkout / change
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert steps(environment) == [step]


def test_what_the_build_makes_is_no_change(environment: Any, checkout: Path) -> None:
    (checkout / "core/web/node_modules/dep/index.js").write_text("2", "utf-8")
    assert steps(environment) == []


def test_a_missing_bundle_is_built(environment: Any, checkout: Path) -> None:
    (checkout / "core/src/maru/static/.stamp").unlink()
    assert steps(environment) == ["installing Maru and building its pages"]


def test_a_dead_interpreter_means_a_new_environment(environment: Any, checkout: Path) -> None:
    python = checkout / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/usr/bin/python3.999")
    assert steps(environment)[0] == "making the environment .venv"
    assert len(steps(environment)) == 3


def test_a_step_that_fails_leaves_no_stamp(
    launcher: ModuleType, environment: Any, monkeypatch: pytest.MonkeyPatch, checkout: Path
) -> None:
    (checkout / "requirements.lock").write_text("alpha==2\n", "utf-8")
    monkeypatch.setattr(launcher, "run", lambda *_, **__: (1, ["ERROR: broken wheel"]))
    with pytest.raises(launcher.Stop, match=r"installing failed .ERROR: broken wheel"):
        environment.prepare(lambda _: None)
    assert steps(environment) == ["installing 1 packages"]


def test_half_installed_packages_are_taken_away(environment: Any, checkout: Path) -> None:
    site = checkout / ".venv/lib/python3.11/site-packages"
    for name, files in {
        "whole-1.dist-info": ("METADATA", "RECORD", "INSTALLER"),
        "half-1.dist-info": ("METADATA", "RECORD"),
        "~alf": ("x",),
    }.items():
        (site / name).mkdir(parents=True)
        for file in files:
            (site / name / file).touch()
    environment.repair()
    assert [entry.name for entry in site.iterdir()] == ["whole-1.dist-info"]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("ERROR: No matching distribution found for click==8.4.2", "can't be reached"),
        ("npm error code EAI_AGAIN", "can't be reached"),
        ("OSError: [Errno 28] No space left on device", "no space left on the disk"),
        ("error: something else", "installing failed (error: something else)"),
    ],
)
def test_a_failure_is_explained_in_one_line(launcher: ModuleType, said: str, line: str) -> None:
    told = launcher.explain(["Collecting click", said, ""], Path("/clone/.venv"))
    assert line in told
    assert "start again" in told
    assert "\n" not in told


def test_unreachable_registries_end_with_status_2(checkout: Path, launcher: ModuleType) -> None:
    """The real pip against a port on which nobody listens."""
    del launcher
    script = checkout / "maru"
    script.write_bytes((ROOT / "maru").read_bytes())
    (checkout / ".venv/bin/python").unlink()
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("PIP_")},
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "0",
    }
    ended = subprocess.run(
        [sys.executable, script, "install"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    last = ended.stderr.strip().splitlines()[-1]
    assert ended.returncode == 2
    assert last.startswith("maru: a package registry (PyPI or npm) can't be reached")
    assert (checkout / ".venv/.maru/venv").exists()
    assert not (checkout / ".venv/.maru/requirements.lock").exists()


def test_a_second_launcher_waits_for_the_first(environment: Any) -> None:
    said: list[str] = []
    with environment.lock(said.append):
        held = subprocess.run(
            ["flock", "--nonblock", environment.venv / ".maru-lock", "true"], check=False
        )
    assert held.returncode == 1
    assert said == []


def test_services_are_held_back_while_installing(launcher: ModuleType, tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    with launcher.no_services(policy):
        assert policy.stat().st_mode & stat.S_IXUSR
        assert subprocess.run([policy], check=False).returncode == 101
    assert not policy.exists()


def test_a_policy_that_is_there_stays(launcher: ModuleType, tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("theirs", "ascii")
    with launcher.no_services(policy):
        assert policy.read_text("ascii") == "theirs"
    assert policy.read_text("ascii") == "theirs"


def test_steps_are_counted_and_timed(launcher: ModuleType) -> None:
    said: list[str] = []
    progress = launcher.Progress(2, said.append)
    with progress.step("installing 3 packages"):
        pass
    assert said[0] == "[1/2] installing 3 packages …"
    assert said[1].startswith("[1/2] installing 3 packages: done in 0.")


def test_a_python_without_ensurepip_gets_one_line(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher, "has_ensurepip", lambda: False)
    monkeypatch.setattr(launcher, "may_apt", lambda: False)
    with pytest.raises(launcher.Stop, match=r"lacks ensurepip; type: sudo apt-get install python3"):
        launcher.need_ensurepip(lambda _: None)


def test_what_debian_has_is_installed_without_questions(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    apt = tmp_path / "apt-get"
    apt.write_text(f'#!/bin/sh\necho "$DEBIAN_FRONTEND $*" >> {log}\n', "ascii")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(launcher, "no_services", nullcontext)
    assert launcher.apt_install(["chromium", "fonts-nanum"], lambda _: None)
    assert log.read_text("ascii").splitlines() == [
        "noninteractive update -q",
        "noninteractive install -qy --no-install-recommends chromium fonts-nanum",
    ]


def test_who_may_not_install_gets_the_line_to_type(
    launcher: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher, "may_apt", lambda: False)
    monkeypatch.setattr(launcher, "debian_lacks", lambda: ["chromium", "pgbouncer"])
    said: list[str] = []
    launcher.prepare_tests(said.append)
    assert said[0].startswith("Tests that need chromium, pgbouncer will be skipped")
    assert said[0].endswith(": sudo apt-get install --no-install-recommends chromium pgbouncer")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], ["-n", "auto"]),
        (["tests/core", "-k", "mail"], ["-n", "auto", "tests/core", "-k", "mail"]),
        (["-n", "0", "--lf"], ["-n", "auto", "-n", "0", "--lf"]),  # the last one holds
        (["-p", "no:xdist", "tests/core"], ["-p", "no:xdist", "tests/core"]),
    ],
)
def test_the_words_of_a_test_run_go_on_to_pytest(
    launcher: ModuleType, words: list[str], told: list[str]
) -> None:
    assert launcher.test_words(words) == told
