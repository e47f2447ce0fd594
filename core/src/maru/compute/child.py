"""The child's side: reads what to compute from one pipe, writes what came of it to another.

It is a fresh interpreter, not a copy of the process that asks: no connection, no key and no
setting is in its memory or its environment. What a function prints goes nowhere. That it opens no
connection is a rule and not a wall: a plugin's code is trusted as much here as in the process that
asks.
"""

import importlib
import json
import math
import os
import resource
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_type_hints

LENGTH = 4
_LEAVING = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"})


def main() -> None:
    """Work until the pipe ends."""
    asks, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1):
        os.dup2(nothing, number)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_stay)
    while (asked := _received(asks)) is not None:
        _send(answers, json.dumps(_answer(json.loads(asked)), default=str).encode())


def _stay(event: str, _: object) -> None:
    if event in _LEAVING:
        raise PermissionError("what ctx.compute runs has no network")


def _received(pipe: int) -> bytes | None:
    head = _exactly(pipe, LENGTH)
    return None if head is None else _exactly(pipe, int.from_bytes(head))


def _exactly(pipe: int, count: int) -> bytes | None:
    found = bytearray()
    while len(found) < count:
        chunk = os.read(pipe, min(count - len(found), 1 << 20))
        if not chunk:
            return None
        found += chunk
    return bytes(found)


def _send(pipe: int, body: bytes) -> None:
    left = memoryview(len(body).to_bytes(LENGTH) + body)
    while left:
        left = left[os.write(pipe, left) :]


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    """What the function answers, or what it raised, as data."""
    from maru_sdk import MaruError

    try:
        sys.path[:] = asked["path"]
        function = getattr(importlib.import_module(asked["module"]), asked["function"])
        model = next(kind for name, kind in get_type_hints(function).items() if name != "return")
        ask = model.model_validate_json(asked["ask"])
        with _limits(asked["seconds"], asked["memory"]):
            answer = function(ask)
            return {"answer": None if answer is None else answer.model_dump_json()}
    except MemoryError:
        return {"memory": True}
    except MaruError as error:
        kind = type(error)
        return {"raised": {"module": kind.__module__, "name": kind.__name__, "is": vars(error)}}
    except BaseException as error:  # whatever it is, the one who asked hears of it
        said = f"{type(error).__name__}: {error}".rstrip(": ")
        return {"failed": said[:2_000], "trace": traceback.format_exc()[-8_000:]}


@contextmanager
def _limits(seconds: float, memory: int) -> Iterator[None]:
    """Bound what the function may take on top of what the interpreter holds already."""
    most = resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + seconds) + 1, most))
    resource.setrlimit(resource.RLIMIT_DATA, (_held() + memory, most))
    try:
        yield
    finally:
        for limit in (resource.RLIMIT_CPU, resource.RLIMIT_DATA):
            resource.setrlimit(limit, (most, most))


def _held() -> int:
    try:
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
            return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmData"))
    except OSError:  # an isolated plugin's child sees nothing of /proc: what it has had in memory
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


if __name__ == "__main__":
    main()
