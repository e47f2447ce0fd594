"""One demo and one browser for all journeys; what the browser complains of fails the test."""

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect
from tests.e2e.demo import DOMAIN, Demo
from tests.e2e.visitor import AXE, PATIENCE, Visitors
from tests.plugins.shelf import Shelf

ROOT = Path(__file__).parents[2]
SLOWFAIL = ROOT / "tests/plugins/slowfail"
LUNCH = ROOT / "examples/lunch"
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A seeded demo that runs."""
    running = Demo(tmp_path_factory.mktemp("demo"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, which finds every tenant of the demos on this machine."""
    if not Path(CHROMIUM).exists():
        pytest.skip("Debian's chromium is not installed: apt install chromium")
    if not AXE.is_file():
        pytest.skip("npm ci has not been run in core/web")
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as play:
        chromium = await play.chromium.launch(
            executable_path=CHROMIUM, args=[f"--host-resolver-rules=MAP *.{DOMAIN} 127.0.0.1"]
        )
        yield chromium
        await chromium.close()


@pytest.fixture(scope="package")
def _visitors(browser: Browser, demo: Demo) -> Visitors:
    return Visitors(browser, demo)


@pytest.fixture
def visitors(_visitors: Visitors) -> Iterator[Visitors]:
    """People at browsers; a complaint of theirs fails the test."""
    _visitors.faults.clear()
    yield _visitors
    assert _visitors.faults == []


@pytest.fixture(scope="package")
def grown(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo after two plugins more were installed and it was started again."""
    source = tmp_path_factory.mktemp("source") / "lunch"
    shutil.copytree(LUNCH, source, ignore=shutil.ignore_patterns("__pycache__", "build", "dist"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    pip += ["--disable-pip-version-check", "--target", str(demo.shelf), str(source)]
    subprocess.run(pip, check=True)
    Shelf(demo.shelf).add_project(SLOWFAIL)
    demo.sources.append(SLOWFAIL / "src")
    demo.restart()
    return demo
