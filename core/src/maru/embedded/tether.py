"""Start a program that dies with us, as a user without rights where we are root.

`setpriv` (util-linux) does both without a `preexec_fn`. PostgreSQL refuses to run as root, so
there the engines become `nobody`. What `nobody` can't reach, because a clone or a data folder
lies under a 0700 home, is opened by one capability that lets a process enter and read folders:
nothing is copied, and no folder outside ours changes its mode.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from maru.embedded.fault import EngineFault

_DAC_OVERRIDE, _DAC_READ_SEARCH, _SETPCAP = 1, 2, 8
_NAMES = {_DAC_OVERRIDE: "dac_override", _DAC_READ_SEARCH: "dac_read_search"}


@dataclass(frozen=True)
class Account:
    """The user that engines run as."""

    name: str
    uid: int
    gid: int

    def own(self, path: Path) -> None:
        os.chown(path, self.uid, self.gid)


def engine_account() -> Account | None:
    """The account to drop to, or None where we aren't root and stay who we are."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise EngineFault("engines", "as root they run as user nobody, which isn't here") from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def tethered(
    argv: Sequence[str | Path],
    *,
    stop: str = "KILL",
    account: Account | None = None,
    reach: Iterable[Path] = (),
) -> list[str]:
    """The command line that runs `argv` tied to the thread that spawns it.

    `stop` is the signal it gets when that thread ends, even by SIGKILL: so spawn from the main
    thread. `reach` are the paths that `account` must get at; the first is the program.
    """
    setpriv = shutil.which("setpriv") or "/usr/bin/setpriv"
    if not Path(setpriv).exists():
        raise EngineFault("engines", "need the program setpriv: install util-linux")
    return [
        setpriv,
        *("--pdeathsig", stop),
        *_drop(account, reach),
        *map(str, argv),
    ]


def dropped(account: Account, reach: Iterable[Path]) -> list[str]:
    """setpriv's options to become `account`, which may then read what lies at `reach`."""
    return _drop(account, reach)


def _drop(account: Account | None, reach: Iterable[Path]) -> list[str]:
    if account is None:
        return []
    drop = ["--reuid", str(account.uid), "--regid", str(account.gid), "--clear-groups"]
    capability = _needed([path.absolute() for path in reach], account)
    if capability is None:
        return [*drop, "--inh-caps", "-all", "--bounding-set", "-all"]
    name = _NAMES[capability]
    # access(2) asks for the real user's rights and forgets capabilities unless the fix-up is off.
    return [
        *drop,
        *("--securebits", "+no_setuid_fixup"),
        *("--inh-caps", f"-all,+{name}"),
        *("--ambient-caps", f"-all,+{name}"),
        *("--bounding-set", f"-all,+{name}"),
    ]


def _needed(paths: Sequence[Path], account: Account) -> int | None:
    closed = next((p for p in paths if not _enterable(p, account)), None)
    sealed = next((p for p in paths[:1] if not _allows(p, account, stat.S_IXOTH)), None)
    if closed is None and sealed is None:
        return None
    held = _bounding_set()
    wanted = [_DAC_OVERRIDE] if sealed else [_DAC_READ_SEARCH, _DAC_OVERRIDE]
    for capability in wanted:
        if held & 1 << capability and held & 1 << _SETPCAP:
            return capability
    raise EngineFault(
        str(closed or sealed),
        f"user {account.name} can't reach it, and this root has no capability to let it: "
        "put the clone and --data into folders that others may enter",
    )


def _enterable(path: Path, account: Account) -> bool:
    return all(_allows(folder, account, stat.S_IXOTH) for folder in path.resolve().parents)


def _allows(path: Path, account: Account, bit: int) -> bool:
    """Whether the mode of `path` gives `account` the right that `bit` gives to others."""
    status = path.stat()
    if status.st_uid == account.uid:
        return bool(status.st_mode & bit << 6)
    if status.st_gid == account.gid:
        return bool(status.st_mode & bit << 3)
    return bool(status.st_mode & bit)


def _bounding_set() -> int:
    for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
        if line.startswith("CapBnd:"):
            return int(line.split()[1], 16)
    return 0
