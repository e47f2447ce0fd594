"""What a process takes of its machine, and how full that machine is: processor, memory, disk."""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

_CGROUP: Final = Path("/sys/fs/cgroup")

Ask = Callable[[], float]


class Shows(Protocol):
    """A process's figures (`maru.observability.metrics.Metrics`)."""

    def ask(self, name: str, help_text: str, ask: Ask) -> None: ...


class Share:
    """How busy a process was since it was last asked: 1.0 is one processor all the time."""

    def __init__(self) -> None:
        self._at, self._used = time.monotonic(), time.process_time()
        self._share = 0.0

    def __call__(self) -> float:
        """The share; what was asked for less than a second ago is said again."""
        now, used = time.monotonic(), time.process_time()
        if now - self._at >= 1:
            self._share = (used - self._used) / (now - self._at)
            self._at, self._used = now, used
        return round(self._share, 4)


def show_machine(metrics: Shows, data: Path) -> None:
    """Has a process's figures tell of its machine; `data` is the folder whose disk counts."""
    metrics.ask("maru_process_cpu_ratio", "Processors kept busy by this process.", Share())
    metrics.ask("maru_host_memory_ratio", "Memory in use, of what may be used here.", memory_in_use)
    metrics.ask("maru_host_load_ratio", "Work waiting or running for each processor.", load)
    metrics.ask("maru_disk_free_bytes", "Free space for data.", lambda: disk(data)[0])
    metrics.ask("maru_disk_used_ratio", "Space in use.", lambda: disk(data)[1])


def load() -> float:
    """The load of the last minute for each processor."""
    with suppress(OSError):
        return round(os.getloadavg()[0] / (os.cpu_count() or 1), 4)
    return 0.0


def memory_in_use() -> float:
    """How much of the container's limit, else of the machine's memory, is in use; 0 where the
    system doesn't say."""
    with suppress(OSError, ValueError):
        limit = int((_CGROUP / "memory.max").read_text())  # "max" is none: a ValueError
        return round(int((_CGROUP / "memory.current").read_text()) / limit, 4)
    with suppress(OSError, ValueError, KeyError):
        lines = Path("/proc/meminfo").read_text("utf-8").splitlines()
        found = {line.partition(":")[0]: float(line.split()[1]) for line in lines}
        return round(1 - found["MemAvailable"] / found["MemTotal"], 4)
    return 0.0


def disk(folder: Path) -> tuple[float, float]:
    """Bytes free, and the share in use, of the disk that a folder is on or will be."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    with suppress(OSError):
        usage = shutil.disk_usage(folder)
        return float(usage.free), round(usage.used / usage.total, 4)
    return 0.0, 0.0
