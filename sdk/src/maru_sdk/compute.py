"""What `ctx.compute` may raise. Import it where you need it."""

from maru_sdk._errors import SystemFault, Temporary

__all__ = ["ComputeBusy", "ComputeFailed", "ComputeKilled", "ComputeMemory", "ComputeTimeout"]


class ComputeTimeout(Temporary):
    """503: the function took longer than its deadline and was killed. A loaded machine may be the
    reason, so a job tries again."""

    code = "COMPUTE_TIMEOUT"
    message = "The computation took longer than {seconds} s"


class ComputeBusy(Temporary):
    """503: all children were at work until the deadline; the function never began."""

    code = "COMPUTE_BUSY"
    message = "No room for this computation at the moment"


class ComputeFailed(SystemFault):
    """500: the function raised something that isn't a MaruError, a bug; MaruErrors arrive as
    themselves. `details["error"]` says what it was."""

    code = "COMPUTE_FAILED"
    message = "The computation failed: {error}"


class ComputeKilled(SystemFault):
    """500: the child that ran the function ended before it answered: a crash, an exit, a signal.
    The same would happen again, so a job that meets it is dead at once."""

    code = "COMPUTE_KILLED"
    message = "The computation ended without an answer: {reason}"


class ComputeMemory(ComputeKilled):
    """500: the function wanted more memory than it was given."""

    code = "COMPUTE_MEMORY"
    message = "The computation needs more than {megabytes} MB"
