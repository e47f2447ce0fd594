"""The reference tells the truth: it is what the docstrings say, and every declaration has a user
and a test."""

import importlib
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import get_origin

import pytest

import maru_sdk

ROOT = Path(__file__).resolve().parents[2]
DECLARING = {
    "action", "admin_page", "delete", "extension_point", "get", "job", "listen", "page",
    "portlet", "post", "put", "schedule", "Navigation", "Part", "Permission", "Plugin", "Role",
    "Settings", "Live", "Event",
}  # fmt: skip
OPERATION = {"command", "health_check", "metric"}


def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs/build_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text_of(*patterns: str) -> str:
    return "\n".join(p.read_text() for pattern in patterns for p in sorted(ROOT.glob(pattern)))


def test_the_pages_are_what_the_docstrings_say() -> None:
    written = {p.name: p.read_text() for p in (ROOT / "docs/reference").glob("*.md")}
    assert written == builder().pages(), "run: python docs/build_reference.py"


@pytest.mark.parametrize("module", builder().MODULES)
def test_every_public_name_has_a_docstring(module: str) -> None:
    loaded = importlib.import_module(module)
    own = {n: v for n in loaded.__all__ if ours(v := getattr(loaded, n))}
    assert {n for n, v in own.items() if not getattr(v, "function", v).__doc__} == set()


def ours(value: object) -> bool:
    own = str(getattr(value, "__module__", "")).startswith("maru_sdk")
    return own and get_origin(value) is None


def test_the_everyday_names_are_sorted_and_few() -> None:
    assert maru_sdk.__all__ == sorted(maru_sdk.__all__)
    assert len(maru_sdk.__all__) <= 40


@pytest.mark.parametrize("name", sorted(DECLARING | OPERATION))
def test_every_declaration_has_a_user_and_a_test(name: str) -> None:
    users = text_of("plugins/*/src/**/*.py", "examples/*/src/**/*.py", "tests/plugins/**/*.py")
    tests = text_of("tests/**/test_*.py", "sdk/tests/test_*.py", "plugins/*/tests/test_*.py")
    assert name in users
    assert name in tests
