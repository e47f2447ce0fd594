"""Where a case's processor time goes, by py-spy where that is installed."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from threading import Thread

from bench.cases import Case
from bench.process import Broken

_SHOWN = 25


def profile(case: Case, folder: Path, seconds: float) -> str:
    """The functions in which the server was while it was loaded, with their share in percent."""
    program = Path(sys.executable).with_name("py-spy")
    if not program.exists():
        raise Broken("py-spy is needed; type: .venv/bin/pip install py-spy")
    raw = folder / f"{case.name}.stacks"
    load = Thread(target=case.run, args=[seconds + 2])
    load.start()
    try:
        command = [str(program), "record", "-f", "raw", "-r", "500", "-d", str(int(seconds))]
        where = ["-o", str(raw), "-p", str(case.server.pid)]
        subprocess.run([*command, *where], check=True, capture_output=True)
    finally:
        load.join()
    return _shown(case, raw.read_text("utf-8"))


def _shown(case: Case, stacks: str) -> str:
    own: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for line in stacks.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [frame.rpartition(":")[0] for frame in stack.split(";")]
        own[frames[-1]] += int(count)
        for frame in set(frames):
            within[frame] += int(count)
    lines = [f"({case.name}) {case.title}: in the function itself, and with what it calls"]
    total = max(1, sum(own.values()))
    for counter in (own, within):
        lines += [f"{n / total:7.1%}  {name}" for name, n in counter.most_common(_SHOWN)] + [""]
    return "\n".join(lines)
