"""`python -m bench.isolated`: what it costs that a plugin runs in a process of its own.

The same plugin is asked the same things twice, trusted and isolated, through the whole application;
what differs is the way to its function. Memory is what the process adds to the machine (PSS).
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median, quantiles

from httpx2 import AsyncClient

from bench.tables import Found, Table, number
from maru.crypto.keys import Keys
from maru.plugins.isolated.places import socket_of, token_of
from maru.plugins.isolated.probe import answers
from maru.settings import Settings
from maru.testing import environment, kit_on, running_engines

CALLS = 300
WARM_UP = 20
KEY = "canteen"
SOURCE = """
from maru_sdk import Context, Model, Plugin, get, portlet

class Menu(Model):
    dishes: list[str]

MENU = Menu(dishes=[f"dish {n}" for n in range(20)])

@get("/menu", signed_in=True, no_store="The benchmark measures the handler.")
async def menu(ctx: Context) -> Menu:
    return MENU

@portlet(title="Lunch", size=(3, 2), audience="user")
async def today(ctx: Context) -> Menu:
    return MENU

plugin = Plugin(title="Canteen", routes=[menu], portlets=[today])
"""
TEMPLATE = "<ul>{% for dish in dishes %}<li>{{ dish }}</li>{% endfor %}</ul>"
ASKED = {"route": f"/api/v1/{KEY}/menu", "portlet": f"/api/v1/portal/data/{KEY}.today"}


def isolated(calls: int) -> Found:
    """So many calls of each way, on engines of their own."""
    with _plugin(), running_engines() as engines:
        found = asyncio.run(_measured(engines, calls))
    rows = [(name, number(figure)) for name, figure in found.items()]
    return Found([Table("", (f"{calls} calls one after the other", ""), rows)], dict(found))


@contextmanager
def _plugin() -> Iterator[None]:
    """The plugin on this process's path and that of its children."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        templates = folder / f"maru_{KEY}/templates/{KEY}"
        templates.mkdir(parents=True)
        (templates / "today.html").write_text(TEMPLATE)
        (folder / f"maru_{KEY}/__init__.py").write_text(SOURCE)
        metadata = folder / f"maru_{KEY}-1.0.dist-info"
        metadata.mkdir()
        words = f"Metadata-Version: 2.4\nName: maru-{KEY}\nVersion: 1.0\n"
        (metadata / "METADATA").write_text(f"{words}Requires-Dist: maru-sdk>=1.0\n")
        (metadata / "entry_points.txt").write_text(f"[maru.plugins]\n{KEY} = maru_{KEY}:plugin\n")
        sys.path.insert(0, name)
        os.environ["PYTHONPATH"] = name
        yield
        sys.path.remove(name)


async def _measured(engines: Settings, calls: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for how, trusted in (("isolated", ["board"]), ("trusted", ["board", KEY])):
        settings = engines.model_copy(update={"trusted_plugins": trusted})
        async with kit_on(settings) as kit, _process(settings, how) as process:
            company = await kit.company(KEY)
            async with company.client(company.admin) as client:
                for name, path in ASKED.items():
                    middle, late = await _asked(client, path, calls)
                    found[f"{name}, {how}: median, ms"] = middle
                    found[f"{name}, {how}: 95th, ms"] = late
            if process is not None:
                found["process: memory after the calls, MiB"] = _memory(process.pid)
    for name in ASKED:
        more = found[f"{name}, isolated: median, ms"] - found[f"{name}, trusted: median, ms"]
        found[f"{name}: isolation adds, ms"] = more
    return found


@asynccontextmanager
async def _process(settings: Settings, how: str) -> AsyncIterator["subprocess.Popen[bytes] | None"]:
    if how == "trusted":
        yield None
        return
    keys = Keys.open(settings.secret_key, settings.data)
    path, token = socket_of(settings.data, KEY), token_of(keys, KEY)
    process = _started(settings)
    try:
        while not await asyncio.to_thread(answers, path, token):
            assert process.poll() is None, "the isolated process has ended"
            await asyncio.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait()


def _started(settings: Settings) -> "subprocess.Popen[bytes]":
    words = [sys.executable, "-m", "maru", "isolated", KEY, "--tethered"]
    return subprocess.Popen(words, env=os.environ | environment(settings))


async def _asked(client: AsyncClient, path: str, calls: int) -> tuple[float, float]:
    took: list[float] = []
    for turn in range(calls + WARM_UP):
        began = time.perf_counter()
        answer = await client.get(path)
        if turn >= WARM_UP:
            took.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, answer.text
    return median(took), quantiles(took, n=20)[18]


def _memory(pid: int) -> float:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    line = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    print(isolated(CALLS).markdown())
