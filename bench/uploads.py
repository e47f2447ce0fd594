"""A file of five gigabytes by tus, in and out: how long its last request takes, when it is there,
and what the web process and the worker hold of memory meanwhile."""

import base64
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPResponse
from typing import Final

from bench.ground import Ground
from bench.people import Line, admins
from bench.process import HOST, Broken, maru
from bench.tables import Found, Table, number
from maru.embedded.engine import free_port

SIZE: Final = 5_000_000_000
SMALL: Final = 100_000_000
PIECE: Final = 32 << 20
GOAL: Final = 128.0
PATIENCE: Final = 900.0
LAST: Final = 3.0
_BLOCK: Final = bytes(range(256)) * 4_096
_BEGIN: Final = "/api/v1/files/uploads?kind=board.attachment"
_TUS: Final = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


def uploads(ground: Ground, size: int) -> Found:
    """Sends the file, in pieces as a browser does, and fetches it."""
    port = free_port()
    with (
        maru("serve", ground.folder, ground.environment, port) as server,
        maru("worker", ground.folder, ground.environment) as worker,
        maru("scheduler", ground.folder, ground.environment),
    ):
        client = admins(Line(port), ground)[0].client
        connection = HTTPConnection(HOST, port, timeout=900)
        held = server.memory()
        began = time.monotonic()
        place, last = _send(connection, client, size)
        sent = time.monotonic() - began
        began = time.monotonic()
        before = worker.memory()
        _await(connection, client, place)
        settled = time.monotonic() - began
        began = time.monotonic()
        _fetch(connection, client, place, size)
        fetched = time.monotonic() - began
        grew, others = server.peak() - held, worker.peak() - before
    rows = [
        ("sent, MB/s", number(size / sent / 1e6)),
        ("the last request, s", number(last)),
        ("until it can be fetched, s", number(settled)),
        ("fetched, MB/s", number(size / fetched / 1e6)),
        ("more memory of the web process, MiB", number(grew)),
        ("more memory of the worker, MiB", number(others)),
    ]
    misses = [
        f"the {name} grew by {more:.0f} MiB, not {GOAL:.0f}"
        for name, more in (("web process", grew), ("worker", others))
        if more > GOAL
    ]
    if last > LAST:
        misses.append(f"the last request took {last:.1f} s, not {LAST:g}")
    head = f"A file of {size / 1e9:g} GB"
    return Found([Table("", (head, "measured"), rows)], {"grew": grew}, misses)


def _send(connection: HTTPConnection, client: Mapping[str, str], size: int) -> tuple[str, float]:
    """Where the file is, and how many seconds the last request took."""
    named = base64.b64encode(b"large.bin").decode()
    heads = {"Upload-Length": str(size), "Upload-Metadata": f"filename {named}"}
    begun = {name: value for name, value in _TUS.items() if name != "Content-Type"}
    answer = _ask(connection, "POST", _BEGIN, {**client, **begun, **heads}, b"", 201)
    place, at, took = str(answer.headers["location"]), 0, 0.0
    while at < size:
        began = time.monotonic()
        body = (_BLOCK * (PIECE // len(_BLOCK)))[: min(PIECE, size - at)]
        heads = {**client, **_TUS, "Upload-Offset": str(at)}
        answer = _ask(connection, "PATCH", place, heads, body, 204)
        at, took = at + len(body), time.monotonic() - began
    return str(answer.headers["content-location"]), took


def _await(connection: HTTPConnection, client: Mapping[str, str], place: str) -> None:
    """Until the file can be fetched."""
    ends = time.monotonic() + PATIENCE
    while True:
        connection.request("HEAD", place, headers=dict(client))
        answer = connection.getresponse()
        answer.read()
        if answer.status == 200:
            return
        if answer.status != 409 or time.monotonic() > ends:
            raise Broken(f"the file isn't there: {answer.status}")
        time.sleep(0.2)


def _fetch(connection: HTTPConnection, client: Mapping[str, str], place: str, size: int) -> None:
    connection.request("GET", place, headers=dict(client))
    answer, held = connection.getresponse(), 0
    while block := answer.read(PIECE):
        held += len(block)
    if held != size:
        raise Broken(f"{held} bytes came back of {size}")


def _ask(
    connection: HTTPConnection,
    method: str,
    path: str,
    heads: Mapping[str, str],
    body: bytes,
    status: int,
) -> HTTPResponse:
    connection.request(method, path, body or None, dict(heads))
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != status:
        raise Broken(f"{method} {path}: {answer.status} {said[:300]!r}")
    return answer
