"""Asks an isolated process whether it still answers, for whoever supervises it."""

import json
import socket
from pathlib import Path
from typing import Any

PATIENCE = 1.0


def answers(path: Path, token: str, patience: float = PATIENCE) -> bool:
    """Whether the process behind this socket has a turn for us in time."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
            asking.settimeout(patience)
            asking.connect(str(path))
            asking.sendall(_packed({"token": token}) + _packed({"what": "ping"}))
            return len(asking.recv(4)) == 4
    except OSError:
        return False


def _packed(value: dict[str, Any]) -> bytes:
    body = json.dumps(value).encode()
    return len(body).to_bytes(4) + body
