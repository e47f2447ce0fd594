"""A running Maru as operators run it, with a plugin that does what they must be able to see: web,
worker and scheduler in processes of their own, and a collector of traces."""

import asyncio
import gzip
import os
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import orjson
from httpx2 import AsyncClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from maru.settings import DATABASES, REDIS, Settings, env_name
from maru.testing import PASSWORD, TestCompany, kit_on

NAMES = (*DATABASES, *REDIS, "secret_key", "data", "instance")
PATIENCE = 100.0


@dataclass(frozen=True)
class Seen:
    """A span as a collector gets it."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    kind: int
    failed: bool
    attributes: dict[str, Any]


class Collector:
    """Takes OTLP over HTTP."""

    def __init__(self) -> None:
        self.spans: list[Seen] = []
        self.url = ""

    def take(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            named = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [_seen(named["service.name"], one) for one in scope.spans]

    def named(self, name: str) -> list[Seen]:
        return [one for one in self.spans if one.name == name]


def _seen(service: str, one: Any) -> Seen:
    values = {
        each.key: getattr(each.value, each.value.WhichOneof("value")) for each in one.attributes
    }
    return Seen(
        service,
        one.name,
        one.trace_id.hex(),
        one.span_id.hex(),
        one.parent_span_id.hex(),
        one.kind,
        one.status.code == 2,
        values,
    )


@contextmanager
def collector() -> Iterator[Collector]:
    """A collector on a port of its own."""
    found = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            found.take(body)
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(eq=False)
class Child:
    """A process, and what it has written."""

    process: asyncio.subprocess.Process
    role: str
    raw: list[bytes] = field(default_factory=list)

    async def read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            self.raw.append(line)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.raw]

    def having(self, **fields: Any) -> list[dict[str, Any]]:
        return [line for line in self.lines if fields.items() <= line.items()]


@dataclass(eq=False)
class World:
    """All of it."""

    settings: Settings
    company: TestCompany
    client: AsyncClient
    children: dict[str, Child]
    collector: Collector

    async def post(self, path: str, **headers: str) -> int:
        answer = await self.client.post(f"/api/v1/heavy/{path}", headers=headers)
        return answer.status_code

    async def portlet(self, name: str) -> Any:
        return (await self.client.get(f"/api/v1/portal/data/heavy.{name}")).json()["data"]


async def until(found: Callable[[], Any], patience: float = PATIENCE) -> Any:
    """What is found, once it is something."""
    async with asyncio.timeout(patience):
        while not (it := found()):  # noqa: ASYNC110 (another process brings it about)
            await asyncio.sleep(0.05)
    return it


@asynccontextmanager
async def child(role: str, settings: Settings, *words: str, **more: str) -> AsyncIterator[Child]:
    """One process of an installation."""
    values = {env_name(name): str(getattr(settings, name)) for name in NAMES}
    path = os.pathsep.join([str(Path.cwd()), *sys.path])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "maru",
        role,
        *words,
        env={**os.environ, **values, "MARU_TRUSTED_PLUGINS": "*", **more, "PYTHONPATH": path},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        limit=1 << 22,
    )
    found = Child(process, role)
    reading = asyncio.create_task(found.read())
    try:
        yield found
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 20)
        except TimeoutError:
            process.kill()
        await reading


@asynccontextmanager
async def open_world(given: Settings) -> AsyncIterator[World]:
    """Migrated, inhabited, served."""
    settings = given.model_copy(update={"instance": f"w{secrets.token_hex(4)}"})
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with AsyncExitStack() as stack:
        kit = await stack.enter_async_context(kit_on(settings))
        company = await kit.company("heavy")
        traces = stack.enter_context(collector())
        more = {"MARU_OTLP_ENDPOINT": traces.url, "MARU_LOG_LEVEL": "info", "MARU_PORT": str(port)}
        children = {
            role: await stack.enter_async_context(child(role, settings, **more))
            for role in ("serve", "worker", "scheduler")
        }
        url = f"http://127.0.0.1:{port}"
        host = {"host": f"{company.tenant.slug}.localhost"}
        client = await stack.enter_async_context(
            AsyncClient(base_url=url, headers=host, timeout=30)
        )
        await _signed_in(client)
        yield World(settings, company, client, children, traces)


async def _signed_in(client: AsyncClient) -> None:
    body = {"username": "admin", "password": PASSWORD}
    async with asyncio.timeout(2 * PATIENCE):
        while True:
            try:
                answer = await client.post("/api/v1/auth/login", json=body)
                break
            except OSError:
                await asyncio.sleep(0.1)
            except Exception as error:
                if "Connect" not in type(error).__name__:
                    raise
                await asyncio.sleep(0.1)
    client.headers["authorization"] = f"Bearer {answer.json()['data']['access_token']}"
