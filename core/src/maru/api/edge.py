"""The edge: one ASGI application in which every request takes the same steps in the same order.

It is one object rather than a stack of wrappers, so that the common request, signed in and kept,
passes few frames.
"""

import re
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from logging import ERROR
from time import perf_counter
from typing import Final, Protocol
from uuid import UUID

from maru.api.addresses import ANYWHERE, Lists
from maru.api.body import read_body
from maru.api.envelope import failure_body
from maru.api.errors import (
    BadRequest,
    ClientLeft,
    Failure,
    MethodNotAllowed,
    TenantRequired,
    failure_of,
)
from maru.api.exchange import Answer, Application, Exchange, Receive, Scope, Send
from maru.api.guard import Guard
from maru.api.headers import CrossOrigin, Languages, repeats_a_single
from maru.api.idempotency import repeatable
from maru.api.limiting import Limiting
from maru.api.packing import Packer
from maru.api.sending import Dressed, send_answer, send_stream
from maru.api.surfaces import API, CORE_DOMAIN, Surfaces, Target
from maru.api.trie import Found, Trie
from maru.api.work import Begin, Call, KeptAnswers, in_unit
from maru.cache.patience import begin_patience
from maru.identity.errors import CsrfFailed, NotSignedIn
from maru.limits import Refused
from maru.observability.doing import begin, doing
from maru.observability.log import Journal
from maru.observability.masking import is_secret, masked
from maru.observability.metrics import Metrics
from maru.observability.tracing import Span, Tracing
from maru.web.languages import in_words
from maru_sdk import NotFound, RateLimited, Tenant

_ODD: Final = re.compile(r"[\x00-\x1f\x7f\\\ufffd]")
_ENDS: Final = re.compile(r".*[^/]/")
_PREFIX: Final = len(API)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_GONE: Final = 499
ADMIN: Final = "admin"
HEALTH: Final = "health"

Plain = Callable[[Exchange], Awaitable[Answer]]


class Gate(Protocol):
    """What a tenant has switched on (`maru.plugins.gate.Gate`)."""

    def on(self, tenant_id: UUID, key: str) -> bool: ...


class HostsFace(Protocol):
    """Reads a request's host and finds its tenant (`maru.api.hosts.Hosts`)."""

    def read(self, exchange: Exchange) -> None: ...
    def tenant(self, exchange: Exchange) -> Tenant | None: ...


class PagesFace(Protocol):
    """What answers with HTML (`maru.web.pages.Pages`)."""

    async def page(self, exchange: Exchange, target: Target) -> Answer: ...
    async def action(self, exchange: Exchange, target: Target, body: bytes) -> Answer: ...
    async def too_often(
        self, exchange: Exchange, target: Target, body: bytes, refused: RateLimited
    ) -> Answer | None: ...
    async def nobody(self, exchange: Exchange) -> Answer: ...
    def speak(self, exchange: Exchange) -> None: ...
    def refusal(self, exchange: Exchange, failure: Failure) -> Answer: ...
    def to_sign_in(self, exchange: Exchange) -> Answer: ...


class RelayFace(Protocol):
    """What takes some requests over: sockets and event streams for push
    (`maru.api.realtime.Relay`), or the operators' area (`maru.operators.area`)."""

    def takes(self, scope: Scope) -> bool: ...
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...


class AdminsFrom(Protocol):
    """From where a tenant's admin pages may be used (`maru.admin.addresses`)."""

    async def admit(self, tenant_id: UUID, address: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the edge is made of. `plain` answers without a tenant, `mounts` are applications."""

    surfaces: Surfaces
    hosts: HostsFace
    gate: Gate
    guard: Guard
    begin: Begin
    kept: KeptAnswers
    pages: PagesFace
    cross: CrossOrigin
    journal: Journal
    metrics: Metrics
    tracing: Tracing | None
    translate: Callable[..., str]
    body_limit: int = 1_000_000
    languages: Languages = field(default_factory=Languages)
    plain: Mapping[str, Plain] = field(default_factory=dict)
    mounts: Mapping[str, Application] = field(default_factory=dict)
    relay: RelayFace | None = None
    addresses: Lists = ANYWHERE
    admins_from: AdminsFrom | None = None
    operators: RelayFace | None = None
    limiting: Limiting | None = None


class Edge:
    """Answers requests; what goes wrong on the way becomes an answer too."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._guard = parts.guard
        self._api = parts.surfaces.api
        self._pages = parts.surfaces.pages
        self._packer = Packer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; sockets and event streams are push's."""
        relay = self._parts.relay
        if relay is not None and relay.takes(scope):
            await relay(self._as_it_came(scope, receive), receive, send)
        elif self._parts.operators is not None and self._parts.operators.takes(scope):
            await self._parts.operators(scope, receive, send)
        elif scope["type"] == "http":
            begin_patience()
            await self._serve(Exchange(scope, receive), send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    def _as_it_came(self, scope: Scope, receive: Receive) -> Scope:
        """A handshake with the address that a trusted proxy tells, since push can't see who
        stands before web. What can't be read, push refuses."""
        exchange = Exchange({"method": "GET", **scope}, receive)
        with suppress(BadRequest):
            self._parts.hosts.read(exchange)
        scheme = "https" if exchange.secure else scope.get("scheme")
        return {**scope, "client": (exchange.address, 0), "scheme": scheme}

    async def _serve(self, exchange: Exchange, send: Send) -> None:
        status, answer = _GONE, None
        done = begin(partial(_facts, exchange))
        tracing = self._parts.tracing
        span = None if tracing is None else _traced(tracing, exchange)
        try:
            try:
                mount = self._mount(exchange)
                if mount is not None:
                    status = await self._hand_over(exchange, mount, send)
                else:
                    answer = await self._answer(exchange)
                    status = await self._send(exchange, answer, send)
            except ClientLeft:
                pass
            except Exception as error:  # the wall of a request
                status = await self._fail(exchange, error, send)
            finally:
                self._book(exchange, status, span)
            if answer is not None and answer.background is not None:
                await self._afterwards(exchange, answer.background)
        finally:
            done()

    def _mount(self, exchange: Exchange) -> Application | None:
        mounts = self._parts.mounts
        return mounts.get(exchange.path[1:].partition("/")[0]) if mounts else None

    async def _hand_over(self, exchange: Exchange, app: Application, send: Send) -> int:
        word = exchange.path[1:].partition("/")[0]
        dressed = Dressed(exchange, send)
        exchange.begun = True
        await app({**exchange.scope, "root_path": f"/{word}"}, exchange.receive, dressed)
        return dressed.status

    async def _send(self, exchange: Exchange, answer: Answer, send: Send) -> int:
        if answer.stream is None:
            return await send_answer(exchange, answer, send, self._packer)
        assert exchange.target is not None
        async with self._parts.begin(exchange, readonly=True) as call:
            parts = answer.stream(call.ctx(exchange.target.key))
            return await send_stream(exchange, answer, parts, send)

    async def _answer(self, exchange: Exchange) -> Answer:
        parts, heads, path = self._parts, exchange.heads, exchange.path
        exchange.area = "api" if path.startswith("/api/") else "page"
        wanted = parts.languages.wanted(heads.get(b"accept-language"))
        exchange.locale = wanted or exchange.locale
        _check(exchange)
        parts.hosts.read(exchange)
        word, slash, rest = path[1:].partition("/")
        if word != HEALTH:
            parts.addresses.admit(exchange.address)
        plain = parts.plain.get(word)
        if plain is not None:
            exchange.area = "plain"
            return await plain(exchange)
        if exchange.area == "api":
            if b"origin" in heads and (answer := self._cross(exchange)) is not None:
                return answer
            word, slash, rest = path[_PREFIX:].partition("/")
        return await self._for_tenant(exchange, wanted, word, slash + rest)

    async def _for_tenant(
        self, exchange: Exchange, wanted: str | None, word: str, rest: str
    ) -> Answer:
        tenant = exchange.tenant = self._parts.hosts.tenant(exchange)
        if tenant is None:
            if exchange.area == "api":
                raise TenantRequired
            return await self._parts.pages.nobody(exchange)
        exchange.locale = wanted or tenant.locale
        if word == ADMIN and self._parts.admins_from is not None:
            await self._parts.admins_from.admit(tenant.id, exchange.address)
        limiting = self._parts.limiting
        if limiting is not None and not limiting.passes(exchange):
            await limiting.arrive(exchange)
        try:
            target = self._target(exchange, word, rest)
        except NotFound:
            if exchange.area == "page" and exchange.safe and not exchange.htmx:
                await self._meet(exchange, wanted, None)  # its page keeps the person's frame
            raise
        await self._meet(exchange, wanted, target)
        if limiting is not None and not limiting.glance(exchange, target):
            try:
                await limiting.admit(exchange, target)
            except Refused as refused:
                return await self._once_more(exchange, target, refused)
        self._guard.permit(exchange, target)
        if target.kind == "page":
            return await self._parts.pages.page(exchange, target)
        return await self._call(exchange, target)

    async def _once_more(self, exchange: Exchange, target: Target, refused: Refused) -> Answer:
        """A form that was sent too often, shown again; raises `refused` where there is none."""
        if target.kind == "action" and not exchange.htmx:
            self._guard.permit(exchange, target)
            body = await read_body(exchange, target.body_limit or self._parts.body_limit)
            with suppress(CsrfFailed):
                shown = await self._parts.pages.too_often(exchange, target, body, refused)
                if shown is not None:
                    return shown
        raise refused

    async def _meet(self, exchange: Exchange, wanted: str | None, target: Target | None) -> None:
        """Finds out who asks, and in which language they read."""
        await self._guard.identify(exchange, target)
        if exchange.user is not None and (wanted is None or exchange.area == "page"):
            exchange.locale = exchange.user.locale

    def _target(self, exchange: Exchange, word: str, rest: str) -> Target:
        """What the address names and the tenant has on; raises NotFound or MethodNotAllowed."""
        tries = self._api if exchange.area == "api" else self._pages
        trie = tries.get(word)
        if trie is None or (exchange.area == "api" and not exchange.path.startswith(API)):
            raise NotFound
        found = _find(trie, exchange.method, rest)
        if found is None and exchange.area == "page" and _ENDS.fullmatch(rest):
            rest = rest[:-1]  # `/admin/kinds/` is `/admin/kinds`, as `/kinds/` is `/kinds`
            found = _find(trie, exchange.method, rest)
        gate, tenant_id = self._parts.gate, exchange.known_tenant.id
        if found is None:
            self._refuse_method(exchange, trie, rest)
            raise NotFound
        target, exchange.params = found
        if not gate.on(tenant_id, target.key):
            raise NotFound
        exchange.target = target
        return target

    def _refuse_method(self, exchange: Exchange, trie: Trie[Target], rest: str) -> None:
        """Raises MethodNotAllowed where a plugin that is on knows the path by another method."""
        gate, tenant_id = self._parts.gate, exchange.known_tenant.id
        known = [
            method
            for method in trie.methods(rest)
            if (found := trie.find(method, rest)) and gate.on(tenant_id, found[0].key)
        ]
        if known:
            more = ["HEAD"] if "GET" in known else []
            raise MethodNotAllowed(allow=", ".join(sorted([*known, *more])))

    async def _call(self, exchange: Exchange, target: Target) -> Answer:
        parts = self._parts
        if target.kind == "action":
            body = await read_body(exchange, target.body_limit or parts.body_limit)
            return await parts.pages.action(exchange, target, body)
        if target.cache is not None:
            return await parts.kept.answer(exchange, target)
        self._guard.prove(exchange, _text(exchange.heads.get(b"x-csrf-token")))
        body = b""
        if exchange.method not in ("GET", "HEAD") and not target.streams:
            body = await read_body(exchange, target.body_limit or parts.body_limit)

        async def act(call: Call) -> Answer:
            return await target.endpoint.answer(exchange, call.ctx(target.key), body)

        if b"idempotency-key" in exchange.heads and exchange.method == "POST":
            return await in_unit(parts.begin, exchange, repeatable(exchange, target, body, act))
        return await in_unit(parts.begin, exchange, act, endless=target.streams)

    def _cross(self, exchange: Exchange) -> Answer | None:
        cross = self._parts.cross
        origin = cross.allows(exchange)
        if origin is None:
            return None
        preflight = cross.preflight(exchange)
        if preflight is not None:
            return Answer(204, headers=preflight)
        exchange.headers_out += cross.headers(origin)
        return None

    async def _fail(self, exchange: Exchange, error: Exception, send: Send) -> int:
        """Answers for an exception; after the first byte all that is left is to break off."""
        if exchange.area == "page":
            self._parts.pages.speak(exchange)
        failure = failure_of(error, exchange.locale)
        if failure.fault:
            self._report(exchange, error)
        if exchange.begun:
            raise error
        refusal = self._refusal(exchange, error, failure)
        return await send_answer(exchange, refusal, send, self._packer)

    def _refusal(self, exchange: Exchange, error: Exception, failure: Failure) -> Answer:
        pages = self._parts.pages
        failure = self._in_words(failure, exchange)
        if exchange.area != "page":
            body = failure_body(failure)
            return Answer(failure.status, body, headers=list(failure.headers))
        if isinstance(error, NotSignedIn) and exchange.safe and not exchange.htmx:
            return pages.to_sign_in(exchange)
        return pages.refusal(exchange, failure)

    def _in_words(self, failure: Failure, exchange: Exchange) -> Failure:
        """A failure in the reader's language, from the plugin's catalogue, else from core's."""
        own = CORE_DOMAIN if exchange.target is None else exchange.target.domain
        told = in_words(self._parts.translate, own, exchange.locale, failure.text, failure.args)
        return replace(failure, text=told.encode("utf-8", "replace").decode())

    def _report(self, exchange: Exchange, error: Exception) -> None:
        self._parts.journal.write(
            ERROR,
            f"{exchange.method} {masked(exchange.path[:200])} failed: {type(error).__name__}",
            exception="".join(traceback.format_exception(error)),
        )

    async def _afterwards(
        self, exchange: Exchange, background: Callable[[], Awaitable[None]]
    ) -> None:
        try:
            await background()
        except Exception as error:  # the same wall: the answer has left already
            self._report(exchange, error)

    def _book(self, exchange: Exchange, status: int, span: Span | None) -> None:
        seconds = perf_counter() - exchange.started
        label = exchange.target.label if exchange.target is not None else self._label(exchange)
        method = exchange.method if exchange.method in _METHODS else "OTHER"
        self._parts.metrics.requests.observe((method, label, str(status)), seconds)
        self._parts.journal.served(
            {
                **doing(),
                "route": label,
                "status": status,
                "duration_ms": round(seconds * 1000, 3),
                "message": f"{method} {_shown(exchange, label)}",
            }
        )

        if span is not None:
            _end(span, exchange, label, status)

    def _label(self, exchange: Exchange) -> str:
        """What stands for an address without a route: few names, whatever is asked for."""
        word = exchange.path[1:].partition("/")[0]
        known = word in self._parts.plain or word in self._parts.mounts
        return f"/{word}" if known else "unmatched"


def _find(trie: Trie[Target], method: str, rest: str) -> Found[Target] | None:
    if rest == "/":
        rest = ""
    return trie.find("GET" if method == "HEAD" else method, rest)


def _text(header: bytes | None) -> str | None:
    return None if header is None else header.decode("latin-1")


def _check(exchange: Exchange) -> None:
    """Refuses what two readers could understand differently."""
    headers = exchange.scope["headers"]
    if len(exchange.heads) != len(headers) and repeats_a_single(headers):
        raise BadRequest
    if b"content-length" in exchange.heads and b"transfer-encoding" in exchange.heads:
        raise BadRequest
    if _ODD.search(exchange.path) is not None or not exchange.path.startswith("/"):
        raise BadRequest


def _traced(tracing: Tracing, exchange: Exchange) -> Span:
    caller = exchange.heads.get(b"traceparent")
    return tracing.begin(exchange.method, caller, "server", trace=exchange.trace)


def _end(span: Span, exchange: Exchange, label: str, status: int) -> None:
    span.name = f"{exchange.method} {label}"
    tenant, target = exchange.tenant, exchange.target
    span.set(
        method=exchange.method,
        route=label,
        status=status,
        request=exchange.id,
        tenant=None if tenant is None else tenant.slug,
        plugin=None if target is None else target.key,
    )
    if status >= 500:
        span.failure = str(status)
    span.end()


def _shown(exchange: Exchange, label: str) -> str:
    """The address as the log shows it: where a part of it may be a secret, the route's name."""
    path = exchange.path[:200]
    if exchange.target is None:
        return masked(path)
    return label if is_secret(label) else path


def _facts(exchange: Exchange) -> dict[str, object]:
    tenant, user, target = exchange.tenant, exchange.user, exchange.target
    return {
        "trace_id": exchange.trace,
        "request_id": exchange.id,
        "tenant": None if tenant is None else tenant.slug,
        "user_id": None if user is None else user.id,
        "plugin": None if target is None else target.key,
        "ip": exchange.address,
        "method": exchange.method,
    }
