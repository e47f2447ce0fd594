"""A browser and the preview portal for tests that look at pages; builds the front end if needed."""

import importlib.util
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from tests.core.web import samples
from tests.core.web.preview import Preview, make_app

from maru.web.renderer import Renderer
from maru.web.static import BUNDLE

CORE = Path(__file__).parents[3] / "core"
CHROMIUM = Path("/usr/bin/chromium")
# What Chromium says of answers that should fail, and of requests that a navigation cuts off.
EXPECTED = ("Failed to load resource", "Failed to fetch")


@pytest.fixture(scope="session")
def hook() -> ModuleType:
    """core's build hook, which isn't an installed module."""
    spec = importlib.util.spec_from_file_location("maru_build_hook", CORE / "build_hook/hook.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def bundle(hook: ModuleType) -> Path:
    """The built front end, made now unless its stamp says that it is the one of these sources."""
    stamp = BUNDLE / ".stamp"
    if not stamp.is_file() or stamp.read_text() != hook.digest(CORE / "web"):
        hook.build(CORE / "web", BUNDLE)
    return BUNDLE


@pytest.fixture
def renderer(bundle: Path) -> Renderer:
    return samples.make_renderer()


class Site:
    """The preview, served on a port of its own."""

    def __init__(self, preview: Preview) -> None:
        self.preview = preview
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(make_app(preview), log_level="error"))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))

    def __enter__(self) -> "Site":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


@pytest.fixture
def site(bundle: Path) -> Iterator[Site]:
    with Site(Preview()) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Per module: while Playwright's plain API is open, no asyncio test can run in this process."""
    if not CHROMIUM.exists():
        pytest.skip("Debian's chromium is not installed: apt install chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM))
        yield browser
        browser.close()


class Faults(list[str]):
    """What a page complained about: refused by the policy, or an error in script."""


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def page(chromium: Browser, faults: Faults, site: Site) -> Iterator[Page]:
    """A tab of 1280 px in Korean, closed before the site is; a fault that it tells of fails the
    test."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale="ko-KR", timezone_id="Asia/Seoul"
    )
    tab = context.new_page()
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield tab
    context.close()
    assert not [fault for fault in faults if not any(one in fault for one in EXPECTED)]
