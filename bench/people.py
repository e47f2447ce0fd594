"""People of the load: signed in over HTTP as API clients and as browsers, each with a portal."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import orjson

from bench.ground import PASSWORD, Ground, Somebody
from bench.load import Request
from bench.process import HOST, Broken

_CSRF = re.compile(r'name="csrf-token" content="([^"]+)"')
_TYPES = ("board.recent_posts", "board.notices")
_KEPT_ALIVE = 2.0
_LAYOUT = "/api/v1/portal/layout"


@dataclass(frozen=True)
class Person:
    """Somebody signed in; `client` are an API client's headers, `browser` a browser's."""

    tenant: str
    client: Mapping[str, str]
    browser: Mapping[str, str]


class Line:
    """One connection to the server, for what is asked one by one."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._used = 0.0
        self._connection = HTTPConnection(HOST, port, timeout=30)

    def ask(
        self, request: Request, body: bytes = b"", status: int = 200
    ) -> tuple[bytes, Sequence[tuple[str, str]]]:
        """The body and headers of an answer; Broken where its status is another."""
        if time.monotonic() - self._used > _KEPT_ALIVE:
            self._connection.close()
        self._used = time.monotonic()
        self._connection.request(request.method, request.path, body or None, dict(request.headers))
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != status:
            raise Broken(f"{request.method} {request.path}: {answer.status} {said[:300]!r}")
        return said, answer.getheaders()

    def data(self, request: Request, body: Any = None) -> Any:
        """The data of an answer of the API."""
        headers = {**request.headers, "Content-Type": "application/json"}
        sent = b"" if body is None else orjson.dumps(body)
        status = 201 if request.method == "POST" and "/auth/" not in request.path else 200
        said, _ = self.ask(Request(request.path, headers, request.method), sent, status)
        return orjson.loads(said)["data"]

    def close(self) -> None:
        self._connection.close()


def signed_in(line: Line, ground: Ground) -> list[Person]:
    """Everybody, with a portal of eight portlets."""
    return [_person(line, somebody) for somebody in ground.people]


def admins(line: Line, ground: Ground) -> list[Person]:
    """The admin of each tenant."""
    return [_let_in(line, Somebody(tenant, "admin")) for tenant in ground.boards]


def _person(line: Line, who: Somebody) -> Person:
    person = _let_in(line, who)
    _place(line, person)
    return person


def _let_in(line: Line, who: Somebody) -> Person:
    host = {"Host": f"{who.tenant}.localhost:{line.port}"}
    sent = {"username": who.username, "password": PASSWORD}
    tokens = line.data(Request("/api/v1/auth/login", host, "POST"), sent)
    client = {**host, "Authorization": f"Bearer {tokens['access_token']}"}
    return Person(who.tenant, client, {**host, "Cookie": _cookie(line, host, sent)})


def _cookie(line: Line, host: Mapping[str, str], sent: Mapping[str, str]) -> str:
    form, headers = line.ask(Request("/login", host))
    found = _CSRF.search(form.decode())
    if found is None:
        raise Broken("the sign-in form has no token")
    sending = {
        **host,
        "Cookie": _cookies(headers),
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": f"http://{host['Host']}",
        "Sec-Fetch-Site": "same-origin",
    }
    fields = urlencode({**sent, "_csrf": found[1]}).encode()
    _, headers = line.ask(Request("/login", sending, "POST"), fields, 303)
    return _cookies(headers)


def _cookies(headers: Sequence[tuple[str, str]]) -> str:
    told = [value.partition(";")[0] for name, value in headers if name.lower() == "set-cookie"]
    return "; ".join(told)


def _place(line: Line, person: Person) -> None:
    """Eight portlets, four of each type, no two alike."""
    layout = line.data(Request(_LAYOUT, person.client))
    boxes = [
        {
            "portlet_type": _TYPES[number % 2],
            "x": number % 2 * 6,
            "y": number // 2 * 5,
            "w": 6,
            "h": 5,
            "config": {"count": 5 + number // 2},
        }
        for number in range(8)
    ]
    sent = {"version": layout["version"], "portlets": boxes}
    line.data(Request(_LAYOUT, person.client, "PUT"), sent)
