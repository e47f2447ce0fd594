"""Push runs no plugin's code: it doesn't even import it."""

import subprocess
import sys
from importlib.metadata import entry_points

SCRIPT = """
import sys
import maru.cli.push, maru.pusher.app
print([name for name in sys.modules if name.startswith("maru_")
       and name.partition(".")[0] != "maru_sdk"])
print(sorted(name for name in sys.modules if name in %r))
"""


def test_no_plugin_is_imported() -> None:
    found = [entry.module for entry in entry_points(group="maru.plugins")]
    assert "maru_board" in found
    script = SCRIPT % (found,)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]
