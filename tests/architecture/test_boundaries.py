"""The arrows of the house: what may import what, and where the few dangerous words may stand."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import requires
from pathlib import Path

import pytest
from tests.architecture.source import ROOT, Source, files, house

FRAMEWORKS = {"fastapi", "starlette", "redis", "dramatiq", "asyncpg", "uvicorn", "maru"}


def calls(source: Source, attribute: str) -> Iterator[int]:
    for node in ast.walk(source.tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr == attribute:
            yield called.lineno


def test_import_linter_is_content() -> None:
    lint = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(lint, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_import_linter_has_no_ignores() -> None:
    assert "ignore_imports" not in (ROOT / "pyproject.toml").read_text()


@pytest.mark.parametrize("source", files("plugins"), ids=lambda s: s.name)
def test_plugins_know_no_framework(source: Source) -> None:
    own = source.path.relative_to(ROOT / "plugins").parts[0]
    for module in source.imports():
        top = module.partition(".")[0]
        assert top not in FRAMEWORKS
        if top.startswith("maru_") and top not in {"maru_sdk", f"maru_{own}"}:
            assert module == f"{top}.api"


def test_the_sdk_depends_on_its_six_libraries() -> None:
    names = {line.split(">")[0].split("[")[0] for line in requires("maru-sdk") or []}
    assert names == {"jinja2", "nh3", "pluggy", "pydantic", "sqlalchemy", "sqlmodel"}


def test_commit_stands_in_one_file() -> None:
    places = {source.name for source in house() if any(calls(source, "commit"))}
    assert places == {"core/src/maru/db/unit.py"}


def test_python_of_the_house_is_what_it_says() -> None:
    assert sys.version_info >= (3, 11)
