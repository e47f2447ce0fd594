"""A server under test: started as in production, asked for its processor time and memory."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from maru.embedded.engine import free_port
from maru.embedded.tether import tethered

HOST = "127.0.0.1"
_TICK = os.sysconf("SC_CLK_TCK")
_LONGEST_START = 120.0


class Broken(Exception):
    """The benchmark can't run, and why."""


class Process:
    """One child. `port` is where it listens; 0 for a process without a port."""

    def __init__(
        self,
        name: str,
        argv: list[str],
        log: Path,
        env: Mapping[str, str],
        port: int = 0,
        *,
        longest: float = _LONGEST_START,
        python: str = sys.executable,
    ) -> None:
        self.name, self.port, self.log = name, port, log
        self._longest, self._listens = longest, False
        self.began = time.monotonic()
        with log.open("wb") as out:
            self._child = subprocess.Popen(
                tethered([python, *argv]),
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )

    def __enter__(self) -> Self:
        try:
            if self.port:
                self.await_port()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._child.pid

    def await_port(self) -> float:
        """Wait until it listens; gives the seconds since it was started."""
        while True:
            self.must_live()
            try:
                socket.create_connection((HOST, self.port), 0.5).close()
            except OSError:
                time.sleep(0.005)
            else:
                self._listens = True
                return time.monotonic() - self.began

    def must_live(self) -> None:
        """Raises Broken where it has ended or takes too long."""
        late = self.port and not self._listens and time.monotonic() - self.began > self._longest
        if self._child.poll() is not None or late:
            raise Broken(f"{self.name} doesn't run: {self.log.read_text('utf-8')[-2000:]}")

    def cpu(self) -> float:
        """Processor seconds of all its threads so far."""
        stat = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(") ")[2].split()
        return (int(stat[11]) + int(stat[12])) / _TICK

    def memory(self) -> float:
        """What it holds of the machine's memory, in MiB."""
        return self._status("VmRSS")

    def peak(self) -> float:
        """The most that it has ever held, in MiB."""
        return self._status("VmHWM")

    def _status(self, name: str) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text("ascii")
        line = next(line for line in status.splitlines() if line.startswith(name))
        return int(line.split()[1]) / 1024

    def stop(self) -> None:
        """End it as an operator would."""
        if self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(15)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()


def maru(name: str, folder: Path, env: Mapping[str, str], port: int = 0) -> Process:
    """`maru serve`, `maru worker` or `maru scheduler`, with the same command as in production."""
    more = {"MARU_PORT": str(port)} if port else {}
    return Process(name, ["-m", "maru", name], folder / f"{name}.log", {**env, **more}, port)


def peer(name: str, folder: Path, env: Mapping[str, str]) -> Process:
    """An application of `bench.peers` under uvicorn, set up like our own server."""
    port = free_port()
    words = ["-m", "uvicorn", f"bench.peers.{name}:app", "--port", str(port), "--no-access-log"]
    words += ["--loop", "uvloop", "--http", "httptools", "--workers", "1"]
    log = folder / f"{name}.log"
    return Process(name, [*words, "--log-level", "warning"], log, env, port)
