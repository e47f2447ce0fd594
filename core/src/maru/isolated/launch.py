"""Starts the process of an isolated plugin: hands it a socket and its own few secrets, and nothing
of ours."""

import json
import os
import shutil
import socket
import sys
import zlib
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from maru.crypto.keys import Keys
from maru.db.connection import as_role
from maru.db.roles import isolated_role
from maru.embedded.fault import EngineFault
from maru.embedded.tether import Account, dropped
from maru.isolated.confine import landlock_version, readable
from maru.plugins.isolated.places import socket_of, token_of
from maru.settings import Settings

_FIRST_USER, _USERS = 61_184, 4_000
_LONGEST_PATH: Final = 107
_KEPT: Final = ("LANG", "LC_ALL", "PATH", "PYTHONPATH", "TZ")


def password_of(keys: Keys, key: str) -> str:
    """What the plugin's process signs in to the database with."""
    return keys.derive(f"isolated role {key}").hex()


def ports_of(url: str) -> list[int]:
    """The ports that a process with this database needs."""
    return [urlsplit(url).port or 5432]


def user_of(key: str) -> Account | None:
    """The user that the process runs as where we are root: one of its own, which owns nothing."""
    if os.geteuid() != 0:
        return None
    number = _FIRST_USER + zlib.crc32(key.encode()) % _USERS
    return Account(f"user {number}", number, number)


def containment() -> list[str]:
    """What does not hold on this machine, as sentences for an operator."""
    if landlock_version() >= 4:
        return []
    if landlock_version():
        return ["this kernel's Landlock can't keep isolated plugins from opening ports"]
    if os.geteuid() != 0:
        user = "this kernel has no Landlock and Maru runs as an ordinary user"
        return [f"{user}: isolated plugins read what it may read, the settings among them"]
    return ["this kernel has no Landlock: isolated plugins read what any user may read"]


def argv_of(key: str, mode: str, *, tethered: bool) -> list[str]:
    """The command line of the confined process; its configuration comes by standard input."""
    setpriv = shutil.which("setpriv") or "/usr/bin/setpriv"
    python = [sys.executable, "-P", "-m", "maru.isolated", mode]
    user = user_of(key)
    if user is None:
        return [setpriv, "--no-new-privs", *_tether(tethered), *python]
    drop = dropped(user, readable())
    if not landlock_version() and any("dac_" in word for word in drop):
        raise EngineFault(
            sys.executable,
            "can't be reached by other users, and without Landlock an isolated plugin must not be"
            " let through: put the clone into a folder that others may enter",
        )
    return [setpriv, *_tether(tethered), *drop, *python]


def _tether(tethered: bool) -> list[str]:
    return ["--pdeathsig", "KILL"] if tethered else []


def environment() -> dict[str, str]:
    """Nothing of ours: no address, no secret, no setting."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/", "PYTHONUNBUFFERED": "1"}


def configuration(settings: Settings, keys: Keys, key: str) -> dict[str, Any]:
    """What the process must know."""
    url = as_role(settings.database_url, isolated_role(key), password_of(keys, key))
    return {
        "key": key,
        "database": url,
        "token": token_of(keys, key),
        "memory": settings.isolated_memory,
        "ports": ports_of(url),
        "static_url": settings.static_url,
        "mail_from": settings.mail_from,
        "log_level": settings.log_level,
    }


def listen(settings: Settings, key: str) -> socket.socket:
    """The socket that our processes ask at; nobody else may open it."""
    path = socket_of(settings.data, key)
    if len(str(path)) > _LONGEST_PATH:
        raise EngineFault(str(path), "is too long for a socket; choose a shorter MARU_DATA")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(draft))
    Path(draft).chmod(0o600)
    listener.listen(64)
    draft.replace(path)  # whoever asks finds either the old one or this
    return listener


def become(settings: Settings, key: str, *, tethered: bool = False) -> None:
    """Turn this process into the confined one; it doesn't come back."""
    listener = listen(settings, key)
    keys = Keys.open(settings.secret_key, settings.data)
    told = configuration(settings, keys, key) | {"listener": listener.fileno()}
    argv = argv_of(key, "serve", tethered=tethered)
    reading, writing = os.pipe()
    os.write(writing, json.dumps(told).encode())
    os.close(writing)
    os.dup2(reading, 0)
    os.close(reading)
    listener.set_inheritable(True)
    os.execve(argv[0], argv, environment())  # noqa: S606 - our own program
