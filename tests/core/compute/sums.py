"""Functions of every temper, as children run them."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from maru_sdk import Conflict, InvalidInput, Model, RateLimited


class Number(Model):
    """One number."""

    value: int = 0


class Found(Model):
    """What a child found out."""

    value: str = ""


class TooOdd(InvalidInput):
    """The number is odd."""

    code = "TOO_ODD"
    message = "{value} is odd"


def double(ask: Number) -> Number:
    return Number(value=ask.value * 2)


def pid(ask: Number) -> Number:
    return Number(value=os.getpid())


def burn(ask: Number) -> Number:
    """Use the processor for as many milliseconds."""
    ends, rounds = time.monotonic() + ask.value / 1000, 0
    while time.monotonic() < ends:
        rounds += 1
    return Number(value=rounds)


def hang(ask: Number) -> Number:
    """Sleep, deaf to all polite signals."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(600)
    return ask


def eat(ask: Number) -> Number:
    """Want as many MB."""
    return Number(value=len(bytearray(ask.value << 20)) >> 20)


def leave(ask: Number) -> Number:
    os._exit(ask.value)


def crash(ask: Number) -> Number:
    ctypes.string_at(0)
    return ask


def write(ask: Number) -> Number:
    """Write garbage wherever an answer might be expected."""
    sys.stdout.write("garbage" * 1000)
    sys.stdout.flush()
    sys.stderr.write("garbage")
    os.write(1, b"\x00\x00\x00\x05hello")
    return Number(value=ask.value + 1)


def scribble(ask: Number) -> Number:
    """Write garbage into the very pipe of answers."""
    for number in range(3, 20):
        try:
            os.write(number, b"\x00\x00\x00\x05hello")
        except OSError:
            continue
    return ask


def fail(ask: Number) -> Number:
    raise ValueError(f"no use for {ask.value}")


def refuse(ask: Number) -> Number:
    if ask.value % 2:
        raise TooOdd(value=ask.value)
    raise RateLimited(after=ask.value) if ask.value else Conflict("taken")


def look(ask: Number) -> Found:
    return Found(value=" ".join(sorted(os.environ)))


def descriptors(ask: Number) -> Found:
    """What is open, without the folder that is read to find out."""
    names = list(Path("/proc/self/fd").iterdir())
    return Found(value=" ".join(str(name.readlink()) for name in names if name.is_symlink()))


def call(ask: Number) -> Number:
    with socket.create_connection(("127.0.0.1", ask.value), 5):
        return ask


def spawn(ask: Number) -> Number:
    """Start a program that outlasts the function, and hang."""
    child = subprocess.Popen(["sleep", "600"])
    Path(f"/tmp/maru-spawned-{ask.value}").write_text(f"{child.pid}\n")
    time.sleep(600)
    return ask


async def later(ask: Number) -> Number:
    return ask


def loose(ask: int) -> int:
    return ask
