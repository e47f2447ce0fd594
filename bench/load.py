"""Load from Debian's wrk: a list of requests, gone through again and again."""

import json
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.process import HOST, Broken, Process

CONNECTIONS = 32
_SCRIPT = """
local asked = {asked}
local at = 0
local ready = {{}}
function init(args)
  for i, one in ipairs(asked) do
    ready[i] = wrk.format(one[1], one[2], one[3], one[4])
  end
end
function request()
  at = at + 1
  {next}
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    'FOUND{{"requests":%d,"seconds":%f,"bytes":%d,"p50":%f,"p99":%f,"errors":%d}}\\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""
_CYCLE = "return ready[(at - 1) % #ready + 1]"
# A query is a key as it was sent: leading zeros make a new one each time, with the same meaning.
_MISS = """local one = asked[(at - 1) % #asked + 1]
  local number = at + {start}
  local name = ''
  for i = 1, 5 do
    local bit = math.floor(number / 900 / 2 ^ (i - 1)) % 2
    name = name .. (bit == 1 and ({{'%6c', '%69', '%6d', '%69', '%74'}})[i] or ('limit'):sub(i, i))
  end
  local query = '?' .. name .. '=' .. string.rep('0', number % 900) .. '20'
  return wrk.format(one[1], one[2] .. query, one[3])"""
_KEYS = 900 * 32
_KEYS_A_SECOND = 1_500


@dataclass(frozen=True)
class Request:
    """One request of the load."""

    path: str
    headers: Mapping[str, str]
    method: str = "GET"


@dataclass(frozen=True)
class Bout:
    """What one spell of load showed. `cpu` is the server's, in microseconds per request."""

    rate: float
    cpu: float
    p50: float
    p99: float
    size: float
    errors: int = 0


def need_wrk() -> None:
    """Raises Broken where there is no wrk."""
    if shutil.which("wrk") is None:
        raise Broken("wrk is needed; type: sudo apt-get install --no-install-recommends wrk")


class Load:
    """The requests of one case, as wrk's script."""

    def __init__(
        self,
        folder: Path,
        name: str,
        requests: Sequence[Request],
        *,
        miss: bool = False,
        connections: int = CONNECTIONS,
    ) -> None:
        self._requests, self._miss, self._connections = requests, miss, connections
        self._script = folder / f"{name}.lua"

    def _write(self) -> None:
        start = int(time.time() * _KEYS_A_SECOND) % _KEYS
        following = _MISS.format(start=start) if self._miss else _CYCLE
        asked = f"{{{','.join(map(_lua, self._requests))}}}"
        self._script.write_text(_SCRIPT.format(asked=asked, next=following), "utf-8")

    def run(self, server: Process, seconds: float) -> Bout:
        """Loads the server. wrk knows whole seconds, so shorter spells are ended by a signal."""
        self._write()
        url = f"http://{HOST}:{server.port}"
        command = [
            "wrk",
            "-t1",
            f"-c{self._connections}",
            "--timeout",
            "10s",
            "-s",
            str(self._script),
        ]
        before = server.cpu()
        said = _ended([*command, f"-d{max(1, round(seconds))}s", url], seconds)
        used = server.cpu() - before
        found = json.loads(said.partition("FOUND")[2].partition("\n")[0])
        if not (count := found["requests"]):
            raise Broken(f"{server.name} answered nothing in {seconds:g} s")
        return Bout(
            rate=found["requests"] / found["seconds"],
            cpu=used / count * 1e6,
            p50=found["p50"],
            p99=found["p99"],
            size=found["bytes"] / count,
            errors=found["errors"],
        )


def _ended(command: list[str], seconds: float) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=seconds + 30
    )
    if done.returncode or "FOUND" not in done.stdout:
        raise Broken(f"wrk: {(done.stderr or done.stdout)[-500:]}")
    return done.stdout


def _lua(request: Request) -> str:
    heads = ", ".join(
        f"[{json.dumps(name)}]={json.dumps(value)}" for name, value in request.headers.items()
    )
    return f'{{"{request.method}", {json.dumps(request.path)}, {{{heads}}}}}'
