"""A folder that one process owns at a time, and the small files in it that survive any crash."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from maru.embedded.fault import EngineFault

_LEAST_SPACE = 100_000_000
_LONGEST_END = 40.0


class Folder:
    """A data folder under a lock that the kernel frees when the processes that hold it die.

    Servers inherit the lock from us. So one whose holder is dead means that they are still
    ending, and is waited for.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: int | None = None

    @property
    def inherited(self) -> tuple[int, ...]:
        """The descriptors that a server takes over, so that the lock lasts as long as it."""
        return () if self._lock is None else (self._lock,)

    def open(self, evict: Callable[[], None] = lambda: None) -> None:
        """Make the folder where it is missing, see that it can be written, and lock it.

        `evict` ends what an owner who died has left running.
        """
        if self._lock is not None:
            return
        try:
            if not self.path.is_dir():
                self.path.mkdir(parents=True)
                # Root's engines are another user's: they may pass through, not look around.
                self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
            self._lock = self._locked(evict)
        except OSError as error:
            raise self.fault(error) from None

    def require_space(self) -> None:
        """Refuse a disk on which a server would soon fail in worse ways."""
        if shutil.disk_usage(self.path).free < _LEAST_SPACE:
            raise EngineFault(str(self.path), "less than 100 MB are free on its disk; make room")

    def close(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _locked(self, evict: Callable[[], None]) -> int:
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        end = time.monotonic() + _LONGEST_END
        try:
            while not _try_lock(lock):
                holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip()
                if time.monotonic() > end or (holder.isdigit() and alive(int(holder))):
                    raise self._in_use(holder)
                evict()
                time.sleep(0.02)
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        except BaseException:
            os.close(lock)
            raise
        return lock

    def _in_use(self, holder: str) -> EngineFault:
        who = f"process {holder or 'unknown'}"
        return EngineFault(
            str(self.path),
            f"is in use by another Maru ({who}): stop that one or choose another --data",
        )

    def fault(self, error: OSError) -> EngineFault:
        reason = (error.strerror or str(error)).lower()
        return EngineFault(str(self.path), f"can't be used as a data folder: {reason}")

    def read(self, name: str) -> dict[str, Any]:
        """The JSON object in the file `name`, empty where there is none."""
        try:
            content = json.loads((self.path / name).read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self.fault(error) from None
        except ValueError:
            raise EngineFault(str(self.path / name), "isn't readable JSON; remove it") from None
        return dict(content)

    def write(self, name: str, content: dict[str, Any], *, durable: bool = True) -> None:
        """Put `content` in the place of the file `name`, readable by us alone, whole or not."""
        draft = self.path / f".{name}.new"
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=1)
                if durable:
                    file.flush()
                    os.fsync(file.fileno())
            draft.replace(self.path / name)
            if durable:
                sync_folder(self.path)
        except OSError as error:
            raise self.fault(error) from None

    def clear(self, names: Iterable[str]) -> None:
        """Remove these files and folders."""
        for name in names:
            remove(self.path / name)


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def alive(pid: int, program: str = "") -> bool:
    """Whether `pid` runs (`program`, where one is named); a zombie that nobody reaps is dead."""
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")
    except OSError:
        return False
    return name.endswith(f"({program}" if program else "") and rest.split()[0] not in "ZX"


def remove(path: Path) -> None:
    """Remove a file or folder, also one into which a dying process still writes."""
    if path.is_dir() and not path.is_symlink():
        end = time.monotonic() + 2
        shutil.rmtree(path, ignore_errors=True)
        while path.exists() and time.monotonic() < end:
            time.sleep(0.02)
            shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(FileNotFoundError):
            path.unlink()


def sync_folder(path: Path) -> None:
    """Make a rename inside `path` durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
