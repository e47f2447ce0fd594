"""A demo in processes of its own, as a person starts it, and the command line beside it."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

from maru.embedded.engine import free_port

PASSWORD = "마루 위의 긴 암호 17!"
DOMAIN = "maru.test"
READY = "Ctrl-C"


class Demo:
    """One demo: its data, its port, and a folder of plugins that stands on its path."""

    def __init__(self, folder: Path, *, people: int = 60) -> None:
        self.data = folder / "data"
        self.shelf = folder / "shelf"
        self.shelf.mkdir(parents=True)
        self.sources: list[Path] = []
        self.port = free_port()
        self._people = people
        self._process: subprocess.Popen[str] | None = None

    def url(self, tenant: str) -> str:
        """The tenant's address, without a slash at its end."""
        return f"http://{tenant}.{DOMAIN}:{self.port}"

    @property
    def _environment(self) -> dict[str, str]:
        path = os.pathsep.join(map(str, [self.shelf, *self.sources]))
        kept = {name: text for name, text in os.environ.items() if not name.startswith("MARU_")}
        ours = {"MARU_BASE_DOMAIN": DOMAIN, "MARU_DATA": str(self.data), "PYTHONPATH": path}
        ours["MARU_DEMO_SEARCH"] = "false"  # half a gigabyte that few tests ask for
        ours["MARU_TRUSTED_PLUGINS"] = "board,slowfail"
        ours["MARU_OUTSIDE_ALLOW"] = "127.0.0.0/8"  # where tests run what people sign in at
        return kept | ours

    def start(self) -> None:
        """Starts it and waits until it says that it runs."""
        words = ["demo", "--data", str(self.data), "--port", str(self.port)]
        words += ["--people", str(self._people), "--password", PASSWORD]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "maru", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._environment,
        )
        assert self._process.stdout is not None
        _await(self._process.stdout)

    def stop(self) -> None:
        """Ends it as a closed terminal does."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGHUP)
        self._process.communicate(timeout=60)
        self._process = None

    def restart(self) -> None:
        """Ends it and starts it again on the same data."""
        self.stop()
        self.start()

    def maru(self, *words: str) -> str:
        """Runs a command beside it, on the same data."""
        done = subprocess.run(
            [sys.executable, "-m", "maru", *words],
            capture_output=True,
            text=True,
            check=False,
            env=self._environment,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def _await(said: IO[str]) -> None:
    lines: list[str] = []
    for line in said:
        lines.append(line)
        if READY in line:
            return
    raise AssertionError("the demo ended early:\n" + "".join(lines))
