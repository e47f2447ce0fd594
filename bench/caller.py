"""Somebody signed in who asks the whole application in this process, without a socket between."""

from typing import Any

import orjson

from bench.ground import PASSWORD, Ground
from maru.api.edge import Edge


class Caller:
    """A program of one person; what isn't answered with 2xx raises RuntimeError."""

    def __init__(self, edge: Edge, host: bytes) -> None:
        self._edge, self._host, self._token = edge, host, b""

    @classmethod
    async def signed_in(cls, edge: Edge, ground: Ground, tenant: str, username: str) -> "Caller":
        """Signs in with the password that the ground gave."""
        caller = cls(edge, f"{tenant}.{ground.settings.base_domain}".encode())
        await caller.sign_in(username)
        return caller

    async def sign_in(self, username: str) -> None:
        """From now on this one asks."""
        self._token = b""
        body = {"username": username, "password": PASSWORD}
        tokens = await self.data("POST", "/api/v1/auth/login", body)
        self._token = f"Bearer {tokens['access_token']}".encode()

    async def data(self, method: str, path: str, body: object = None) -> Any:
        """The data of an answer of the API."""
        return orjson.loads(await self.ask(method, path, body))["data"]

    async def ask(self, method: str, path: str, body: object = None) -> bytes:
        """The body of an answer; `path` may have a query, in ASCII."""
        content = b"" if body is None else orjson.dumps(body)
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self._edge(self._scope(method, path, len(content)), receive, send)
        if sent[0]["status"] >= 300:
            raise RuntimeError(f"{method} {path} was answered {sent[0]['status']}: {sent[1:]}")
        return b"".join(message.get("body", b"") for message in sent[1:])

    def _scope(self, method: str, path: str, length: int) -> dict[str, Any]:
        headers = [(b"host", self._host), (b"content-type", b"application/json")]
        headers.append((b"content-length", str(length).encode()))
        if self._token:
            headers.append((b"authorization", self._token))
        path, _, query = path.partition("?")
        scope = {"type": "http", "method": method, "path": path, "query_string": query.encode()}
        return scope | {"headers": headers, "client": ("127.0.0.1", 1), "scheme": "http"}
