"""`maru plugins` and `maru tenants`, as an operator types them."""

import asyncio
import json
import os
import shutil
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from tests.core.plugins.working import tenant
from tests.engines import Tenants
from tests.plugins.faulty import install
from tests.plugins.process import migrate_plugins, process
from tests.plugins.shelf import KINDS, SDK, Shelf

from maru.cli import main
from maru.db.unit import committing
from maru.plugins.registry import PluginHost
from maru.settings import Settings, env_name

Capture = pytest.CaptureFixture[str]
VARIABLES = (
    "database_url",
    "database_system_url",
    "redis_queue_url",
    "redis_cache_url",
    "redis_live_url",
    "secret_key",
    "data",
)


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str

    def entry(self, key: str) -> dict[str, Any]:
        """The plugin of this key in a JSON list."""
        entries: list[dict[str, Any]] = json.loads(self.out)
        return next(entry for entry in entries if entry["key"] == key)


class Operator:
    """Types commands against one test's database."""

    def __init__(
        self, settings: Settings, path: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture
    ) -> None:
        self._path, self._monkeypatch, self._capsys = path, monkeypatch, capsys
        self._variables = {env_name(name): str(getattr(settings, name)) for name in VARIABLES}
        for name, value in self._variables.items():
            monkeypatch.setenv(name, value)

    async def types(self, *words: str) -> Done:
        """One command, in this process: starting another costs seconds."""
        self._monkeypatch.setattr(sys, "argv", ["maru", *words])
        self._capsys.readouterr()
        status = await asyncio.to_thread(_run_main)
        said = self._capsys.readouterr()
        return Done(status, said.out, said.err)

    async def starts(self, *words: str, **variables: str) -> Done:
        """One command in a process of its own, as in a shell."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "maru", *words),
            env={**os.environ, **self._variables, "PYTHONPATH": self._path, **variables},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return Done(process.returncode, out.decode(), err.decode())


def _run_main() -> int:
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    raise AssertionError("main() returned")


@pytest.fixture
async def operator(
    settings: Settings,
    tenants: Tenants,
    shelf: Shelf,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> Operator:
    """An operator of a house with four plugins, one of them broken."""
    shelf.add_kinds()
    shelf.add("pear")
    shelf.add("apple", needs=[SDK, "maru-pear"])
    shelf.add("faulty", "1 / 0")
    host = PluginHost.load({}, path=shelf.path)
    await migrate_plugins(settings, host)
    async with process(settings, host) as found:
        for scope in (tenants.hanbit, tenants.saebom):
            async with committing(found.services.database.unit(scope)) as unit:
                roles: Any = found.services.rights
                await roles.roles.begin(unit)
    path = os.pathsep.join([str(shelf.folder), str(KINDS / "src"), *filter(None, sys.path)])
    return Operator(settings, path, monkeypatch, capsys)


async def test_a_plugins_day(operator: Operator) -> None:
    listed = await operator.types("plugins", "list", "--json")
    assert listed.status == 0, listed.err
    assert listed.entry("kinds")["state"] == "disabled"
    assert listed.entry("apple")["needs"] == ["pear"]
    aside = listed.entry("faulty")
    assert (aside["state"], aside["version"]) == ("set_aside", "1.0")
    assert "Importing maru_faulty failed: ZeroDivisionError" in aside["reason"]

    refused = await operator.types("plugins", "enable", "apple", "--tenant", "hanbit")
    assert (refused.status, refused.out) == (2, "")
    assert "maru: The plugin apple needs others that are off: pear\n" in refused.err
    assert "Traceback" not in refused.err

    for key in ("pear", "apple", "kinds"):
        done = await operator.types("plugins", "enable", key, "--tenant", "hanbit")
        assert (done.status, done.out) == (0, f"{key} is on in hanbit\n"), done.err
    again = await operator.types("plugins", "enable", "kinds", "--tenant", "hanbit")
    assert again.out == "kinds was on in hanbit already\n"

    needed = await operator.types("plugins", "disable", "pear", "--tenant", "hanbit")
    assert needed.status == 2
    assert "The plugin pear is needed by others that are on: apple" in needed.err

    table = await operator.types("plugins", "list")
    assert "kinds" in table.out
    assert "hanbit" in table.out
    assert "    Importing maru_faulty failed" in table.out
    mine = (await operator.types("plugins", "list", "--tenant", "saebom", "--json")).entry("kinds")
    assert (mine["state"], mine["tenants"]) == ("disabled", [])


async def test_explain(operator: Operator) -> None:
    known = await operator.types("plugins", "explain", "kinds.voice")
    assert known.status == 0, known.err
    assert "kinds.voice: choose, maru_kinds.api:voice" in known.out
    assert known.out.index("loud") < known.out.index("soft")
    unknown = await operator.types("plugins", "explain", "kinds.nothing")
    assert unknown.status == 2
    assert "there is no point kinds.nothing; there are:" in unknown.err


async def test_a_plugins_own_command(operator: Operator) -> None:
    off = await operator.types("kinds", "scribble", "--tenant", "hanbit", "--count", "3")
    assert (off.status, off.err) == (2, "maru: kinds is off in hanbit\n")
    await operator.types("plugins", "enable", "kinds", "--tenant", "hanbit")
    done = await operator.types("kinds", "scribble", "--tenant", "hanbit", "--count", "3")
    assert (done.status, done.out) == (0, "3 written\n"), done.err
    usual = await operator.types("kinds", "scribble", "--tenant", "hanbit")
    assert usual.out == "1 written\n"
    for words, expected in (
        (("kinds", "scribble", "--tenant", "hanbit", "--count", "x"), "'x' is not a valid integer"),
        (("kinds", "nothing"), "No such command 'nothing'"),
        (("nothing",), "No such command 'nothing'"),
    ):
        wrong = await operator.types(*words)
        assert wrong.status == 2
        assert expected in wrong.err


async def test_what_is_mistyped_is_one_line(operator: Operator) -> None:
    for words, expected in (
        (("enable", "nothing", "--tenant", "hanbit"), "There is no plugin nothing"),
        (("enable", "pear", "--tenant", "nowhere"), "there is no tenant nowhere; there are:"),
        (("enable", "pear"), "Missing option '--tenant'"),
        (("disable", "admin", "--tenant", "hanbit"), "admin is part of Maru and always on"),
    ):
        done = await operator.types("plugins", *words)
        assert done.status == 2
        assert expected in done.err.splitlines()[-1]


async def test_strict_is_fatal_in_one_line(operator: Operator) -> None:
    done = await operator.starts("plugins", "list", MARU_STRICT_PLUGINS="1")
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("maru: MARU_STRICT_PLUGINS: the plugin 'faulty' (maru-faulty 1.0)")
    assert done.err.count("\n") == 1


async def test_what_cannot_be_served_is_set_aside_too(operator: Operator, shelf: Shelf) -> None:
    for folder in shelf.folder.glob("maru_faulty*"):
        shutil.rmtree(folder)
    install(shelf, "an address of core's")
    listed = (await operator.types("plugins", "list", "--json")).entry("faulty")
    assert (listed["state"], listed["reason"]) == (
        "set_aside",
        "faulty.x can't be served: GET /admin/plugins is core.plugins's already.",
    )
    done = await operator.starts("plugins", "list", MARU_STRICT_PLUGINS="1")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "faulty.x can't be served" in done.err


async def test_tenants(operator: Operator, tenants: Tenants) -> None:
    listed = await operator.types("tenants", "list", "--json")
    assert listed.status == 0, listed.err
    assert [one["slug"] for one in json.loads(listed.out)] == ["hanbit", "saebom"]
    made = await operator.types("tenants", "create", "dasom", "다솜")
    assert made.status == 0, made.err
    assert made.out.startswith("dasom created: ")
    again = await operator.types("tenants", "create", "dasom", "다솜")
    assert again.out.startswith("dasom was there already: ")
    table = await operator.types("tenants", "list")
    assert "다솜" in table.out
    assert str(tenant(tenants.hanbit)) in table.out
    bad = await operator.types("tenants", "create", "Not A Name", "x")
    assert bad.status == 2
    assert "'Not A Name' is no host name" in bad.err
    done = await operator.types("plugins", "enable", "pear", "--tenant", "dasom")
    assert done.status == 0, done.err


async def test_an_operators_word(operator: Operator) -> None:
    said = await operator.types("plugins", "trust", "kinds")
    assert (said.status, "kinds is trusted" in said.out) == (0, True), said.err
    refused = await operator.types("plugins", "untrust", "kinds")
    assert refused.status == 2
    assert "MARU_TRUSTED_PLUGINS names kinds" in refused.err
    unknown = await operator.types("plugins", "trust", "nobody")
    assert (unknown.status, "there is no plugin nobody" in unknown.err) == (2, True)
