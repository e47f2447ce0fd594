"""What the machine under a process says of itself: how busy it is, and what is left of it."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from maru.observability.metrics import Metrics

STAT = Path("/proc/stat")
MEMORY = Path("/proc/meminfo")


@dataclass
class Processors:
    """How busy the processors were between two questions."""

    stat: Path = STAT
    _before: tuple[float, float] | None = None
    _ratio: float = 0.0

    def __call__(self) -> float:
        """The busy part of the time since the last question, 0 to 1; 0 where it isn't known."""
        found = self._read()
        if found is not None:
            idle, total = found
            if self._before is not None and total > self._before[1]:
                passed = total - self._before[1]
                self._ratio = max(0.0, 1 - (idle - self._before[0]) / passed)
            self._before = found
        return self._ratio

    def _read(self) -> tuple[float, float] | None:
        try:
            line = self.stat.read_text("ascii").splitlines()[0]
            ticks = [float(one) for one in line.split()[1:9]]
        except (OSError, ValueError, IndexError):
            return None
        return ticks[3] + ticks[4], sum(ticks)


def memory_ratio(file: Path = MEMORY) -> float:
    """The part of the machine's memory that is taken, 0 to 1; 0 where it isn't known."""
    try:
        rows = (line.split() for line in file.read_text("ascii").splitlines())
        kept = {row[0]: float(row[1]) for row in rows if len(row) > 1}
        return 1 - kept["MemAvailable:"] / kept["MemTotal:"]
    except (OSError, ValueError, KeyError, ZeroDivisionError):
        return 0.0


@dataclass
class Disk:
    """How full the disk under a folder is."""

    folder: Path = field(default_factory=Path)

    def __call__(self) -> float:
        """The taken part, 0 to 1, as a process without special rights sees it."""
        try:
            found = os.statvfs(self.folder)
        except OSError:
            return 0.0
        whole = found.f_blocks - found.f_bfree + found.f_bavail
        return 1 - found.f_bavail / whole if whole else 0.0


def show_host(metrics: Metrics, data: Path) -> None:
    """Has a process's figures tell of the machine that it runs on."""
    metrics.ask("maru_host_cpu_ratio", "Busy part of the processors.", Processors())
    metrics.ask("maru_host_memory_ratio", "Taken part of the machine's memory.", memory_ratio)
    metrics.ask("maru_host_disk_ratio", "Taken part of the data folder's disk.", Disk(data))
