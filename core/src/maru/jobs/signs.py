"""The codes that a job's `error` begins with where no error was raised: why it waits or is over,
and what would let it go on."""

from typing import Final

CANCELLED: Final = "job.cancelled"
"""The signal that tells the worker which has a job to stop it."""

PLUGIN_OFF: Final = "PLUGIN_OFF"
TENANT_SUSPENDED: Final = "TENANT_SUSPENDED"
JOB_UNKNOWN: Final = "JOB_UNKNOWN"
WORKER_DIED: Final = "WORKER_DIED"
EXPIRED: Final = "EXPIRED"

_WAKES: Final = {
    PLUGIN_OFF: "It goes on when the plugin is switched on",
    TENANT_SUSPENDED: "It goes on when the tenant is active again",
    JOB_UNKNOWN: "It goes on when a plugin that has this job is installed",
    WORKER_DIED: "It goes on when somebody sends it again",
}


def wakes_when(state: str, error: str | None) -> str:
    """What lets a parked or held job go on; empty for any other."""
    if state == "held":
        return "It goes on when all jobs before it are done"
    if state != "parked":
        return ""
    return _WAKES.get((error or "").partition(":")[0], _WAKES[WORKER_DIED])
