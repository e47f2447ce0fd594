"""Debian's PgBouncer in transaction mode, in front of the session's PostgreSQL."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.engines import Engines

from maru.embedded.engine import free_port

_CONFIG = """[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 500
ignore_startup_parameters = extra_float_digits
logfile = {folder}/log
"""


@contextmanager
def pgbouncer(engines: Engines, *, size: int = 4) -> Iterator[int]:
    """Run it, and give its port; skips where it isn't installed."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("pgbouncer is not installed")
    folder = engines.folder / f"pgbouncer-{free_port()}"
    folder.mkdir()
    port = free_port()
    config = {"server": engines.server.port, "port": port, "folder": folder, "size": size}
    (folder / "pgbouncer.ini").write_text(_CONFIG.format(**config))
    password = engines.server.password("maru_app")
    (folder / "users.txt").write_text(f'"maru_app" "{password}"\n')
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, user)
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "INT", program, "-q", str(folder / "pgbouncer.ini")],
        user=user,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_port(process, port, folder / "log")
        yield port
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def _await_port(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    end = time.monotonic() + 20
    while True:
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(log.read_text() if log.exists() else "pgbouncer does not start")
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
