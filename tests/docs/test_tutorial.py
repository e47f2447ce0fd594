"""The tutorial builds exactly `examples/lunch`: what it prints is that plugin, byte for byte, and
installs."""

import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"
LUNCH = ROOT / "examples" / "lunch"
BLOCK = re.compile(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
IMPORT = re.compile(r"^(?:from|import) (\w+)", re.MULTILINE)
LEFT_BY_TOOLS = {"__pycache__", "build", "dist", ".mypy_cache", ".ruff_cache", ".pytest_cache"}


def blocks() -> dict[str, str]:
    """The files that a reader types, by their path."""
    found = BLOCK.findall(TUTORIAL.read_text())
    assert len(found) == len(dict(found)), "a file stands twice in the tutorial"
    return dict(found)


def example() -> dict[str, str]:
    """The files of the finished example, by their path."""
    return {
        path.relative_to(LUNCH).as_posix(): path.read_text()
        for path in LUNCH.rglob("*")
        if path.is_file() and not LEFT_BY_TOOLS & set(path.parts)
    }


def written(folder: Path) -> Path:
    """What a reader of the tutorial has at its end."""
    for name, text in blocks().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def python(*args: str, path: Path | None = None) -> str:
    extra = {"PYTHONPATH": f"{path}:{ROOT / 'sdk' / 'src'}"} if path else {}
    done = subprocess.run(
        [sys.executable, *args], capture_output=True, text=True, check=False, env=extra
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_tutorial_prints_the_example_and_nothing_else() -> None:
    assert blocks() == example()


def test_example_keeps_to_thirty_lines_of_python_and_one_template() -> None:
    files = example()
    lines = [text.count("\n") for name, text in files.items() if name.endswith(".py")]
    assert sum(lines) <= 30
    assert len([name for name in files if name.endswith(".html")]) == 1


def test_example_depends_on_the_sdk_alone() -> None:
    assert 'dependencies = ["maru-sdk>=1.0"]' in example()["pyproject.toml"]
    code = blocks()["src/maru_lunch/__init__.py"]
    assert set(IMPORT.findall(code)) == {"maru_sdk", "zoneinfo"}


def test_what_the_reader_wrote_declares_one_portlet(tmp_path: Path) -> None:
    source = written(tmp_path) / "src"
    shown = python(
        "-c", "import maru_lunch as m; print(m.plugin.describe()['portlets'][0])", path=source
    )
    assert "'name': 'lunch.today'" in shown
    assert "'template': 'lunch/today.html'" in shown
    assert (source / "maru_lunch" / "templates" / "lunch" / "today.html").is_file()


@pytest.mark.slow
def test_pip_installs_it_and_its_entry_point_is_found(tmp_path: Path) -> None:
    source, target = written(tmp_path / "lunch"), tmp_path / "target"
    python("-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
           "--disable-pip-version-check", "--target", str(target), str(source))  # fmt: skip
    (found,) = distributions(name="maru-lunch", path=[str(target)])
    (entry,) = [point for point in found.entry_points if point.group == "maru.plugins"]
    assert (entry.name, entry.value) == ("lunch", "maru_lunch:plugin")
    assert python("-c", "import maru_lunch as m; print(m.plugin.title)", path=target) == (
        "Lunch menu\n"
    )
    assert (target / "maru_lunch" / "templates" / "lunch" / "today.html").is_file()
