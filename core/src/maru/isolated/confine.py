"""What the kernel keeps from an isolated process: files, ports, other processes, memory.

Landlock binds root and ordinary users alike and needs no set-up; where a kernel lacks it, only
another user's rights contain a process. What holds is said, not supposed.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

HEARTBEAT: Final = 5.0
"""Seconds without a turn of its loop after which the kernel ends the process."""

START: Final = 60.0
_OPEN_FILES: Final = 512
_LARGEST_FILE: Final = 64_000_000

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_PATH_BENEATH, _NET_PORT = 1, 2
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_FS_BY_ABI: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_BIND, _CONNECT = 1, 2
_NO_NEW_PRIVS: Final = 38
_SYSTEM: Final = (
    *("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime", "/etc/ssl"),
    *("/etc/hosts", "/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/passwd", "/etc/group"),
    *("/etc/mime.types", "/etc/timezone", "/etc/gai.conf", "/etc/host.conf"),
    *("/dev/urandom", "/dev/random", "/dev/zero"),
)


class _Ruleset(ctypes.Structure):
    _fields_ = [
        ("fs", ctypes.c_uint64),
        ("net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    ]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


class _Port(ctypes.Structure):
    _fields_ = [("allowed", ctypes.c_uint64), ("port", ctypes.c_uint64)]


_libc = ctypes.CDLL(None, use_errno=True)


def landlock_version() -> int:
    """What this kernel offers; 0 where it has no Landlock."""
    return max(0, int(_libc.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))))


def readable() -> list[Path]:
    """What a process of ours needs to read: the interpreter, and what can be imported."""
    roots = [sys.prefix, sys.base_prefix, *sys.path, str(Path(sys.executable).resolve().parent)]
    return [Path(root) for root in dict.fromkeys(roots) if root and Path(root).is_absolute()]


def confine(memory: int, ports: Sequence[int]) -> None:
    """Take from this process, for good, what it doesn't need; `memory` is in MB, `ports` are
    those that it may connect to."""
    size = memory * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_LARGEST_FILE, _LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_OPEN_FILES, _OPEN_FILES))
    with suppress(OSError):
        os.nice(5)
    os.umask(0o077)
    os.chdir("/")
    _libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
    if landlock_version():
        _lock([*readable(), *map(Path, _SYSTEM)], ports)


def _lock(paths: Iterable[Path], ports: Sequence[int]) -> None:
    version = landlock_version()
    rights = (1 << _FS_BY_ABI[min(version, 5)]) - 1
    net = _BIND | _CONNECT if version >= 4 else 0
    scoped = 3 if version >= 6 else 0
    rules = _Ruleset(rights, net, scoped)
    size = ctypes.sizeof(rules) if version >= 6 else 16 if version >= 4 else 8
    ruleset = _syscall(_CREATE, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    for path in paths:
        _allow(ruleset, path, _READ_FILE | _EXECUTE | _READ_DIR)
    _allow(ruleset, Path("/dev/null"), _READ_FILE | _WRITE_FILE)
    for port in ports if net else ():
        rule = _Port(_CONNECT, port)
        _syscall(_ADD, ruleset, _NET_PORT, ctypes.byref(rule), ctypes.c_uint32(0))
    _syscall(_RESTRICT, ruleset, ctypes.c_uint32(0))
    os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        kept = rights if path.is_dir() else rights & ~_READ_DIR
        rule = _Beneath(kept, handle)
        _syscall(_ADD, ruleset, _PATH_BENEATH, ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(handle)


def _syscall(number: int, *args: object) -> int:
    done = int(_libc.syscall(number, *args))
    if done < 0:
        raise OSError(ctypes.get_errno(), f"landlock: {os.strerror(ctypes.get_errno())}")
    return done


def beat(seconds: float = HEARTBEAT) -> None:
    """Have the kernel end this process unless it says so again in time: no blocked loop can
    catch it, and no thread has to watch."""
    signal.setitimer(signal.ITIMER_REAL, seconds)
