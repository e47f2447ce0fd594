"""What is computed in a child."""

import os
import socket
import time

from maru_sdk import InvalidInput, Model


class Number(Model):
    """A number, and what to do with it."""

    value: int
    how: str = ""


class Found(Model):
    """What came of it."""

    said: str


class TooOdd(InvalidInput):
    """The number is odd."""

    message = "{value} is odd"


def work(ask: Number) -> Found:
    """Double it, or something worse."""
    if ask.how == "odd":
        raise TooOdd(value=ask.value)
    if ask.how == "eat":
        return Found(said=str(len(bytearray(ask.value << 20))))
    if ask.how == "hang":
        time.sleep(600)
    if ask.how == "connect":
        try:
            socket.create_connection(("127.0.0.1", ask.value), timeout=2).close()
        except OSError as error:
            return Found(said=type(error).__name__)
    return Found(said=f"{ask.value * 2} in {os.getpid()}")
