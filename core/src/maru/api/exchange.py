"""One request and its answer, as the parts of the edge hand them on."""

from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import quote

from maru.observability.trace import request_id, trace_of

if TYPE_CHECKING:
    from maru.access.granted import Granted
    from maru.api.surfaces import Target
    from maru.identity.tokens import Caller
    from maru_sdk import Tenant, User

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]
SendWhole = Callable[[int, list[Header], bytes, bytes], bool]
"""Sends status, headers, further headers as they stand on the wire, and body in one write; False
where that can't be, and nothing has been sent."""
Background = Callable[[], Awaitable[None]]
Stream = Callable[[Any], AsyncIterator[bytes]]
Area = Literal["api", "page", "plain"]

JSON: Final = b"application/json"
HTML: Final = b"text/html; charset=utf-8"
TEXT: Final = b"text/plain; charset=utf-8"
WHOLE: Final = "maru.whole"
"""What a server that knows `SendWhole` calls it in a scope's `extensions`."""
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class Answer:
    """What goes out: a whole body, or a `stream`.

    A stream starts after the commit and is given a context of its own, which only reads. Of a body
    that is kept, `end` says how many of its last bytes are not.
    """

    __slots__ = (
        "background",
        "body",
        "end",
        "etag",
        "headers",
        "kind",
        "personal",
        "status",
        "stream",
    )

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        kind: bytes = JSON,
        headers: list[Header] | None = None,
        *,
        etag: bytes | None = None,
        end: int = 0,
        personal: bool = True,
        stream: "Stream | None" = None,
        background: Background | None = None,
    ) -> None:
        self.status = status
        self.body = body
        self.kind = kind
        self.headers = headers or []
        self.etag = etag
        self.end = end
        self.personal = personal
        self.stream = stream
        self.background = background


class Exchange:
    """What is known about a request so far; each step of the edge adds its part."""

    __slots__ = (
        "_cookies",
        "address",
        "area",
        "begun",
        "by_cookie",
        "caller",
        "granted",
        "headers_out",
        "heads",
        "host",
        "id",
        "locale",
        "method",
        "named",
        "params",
        "path",
        "receive",
        "scope",
        "secure",
        "started",
        "target",
        "tenant",
        "trace",
        "user",
    )

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.started = perf_counter()
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.heads: dict[bytes, bytes] = dict(scope["headers"])
        self.area: Area = "plain"
        self.trace = trace_of(self.heads.get(b"traceparent"))
        self.id = request_id()
        client = scope.get("client")
        self.address: str = client[0] if client else ""
        self.secure: bool = scope.get("scheme") == "https"
        self.host = ""
        self.named = ""
        self.locale = "ko"
        self.tenant: Tenant | None = None
        self.target: Target | None = None
        self.params: dict[str, str] = {}
        self.caller: Caller | None = None
        self.user: User | None = None
        self.granted: Granted | None = None
        self.by_cookie = False
        self.begun = False
        self.headers_out: list[Header] = []
        self._cookies: dict[str, str] | None = None

    @property
    def known_tenant(self) -> "Tenant":
        """The tenant, for steps after its resolution."""
        assert self.tenant is not None
        return self.tenant

    @property
    def cookies(self) -> dict[str, str]:
        """The request's cookies; the first of two with one name counts."""
        if self._cookies is None:
            self._cookies = parse_cookies(self.heads.get(b"cookie", b""))
        return self._cookies

    @property
    def send_whole(self) -> SendWhole | None:
        """How to send an answer in one write, where the server can."""
        extensions = self.scope.get("extensions")
        return None if extensions is None else extensions.get(WHOLE)

    @property
    def site(self) -> str:
        """The site as the browser names it: scheme, host and port."""
        return f"{'https' if self.secure else 'http'}://{self.named or self.host}"

    @property
    def here(self) -> str:
        """Path and query of this request, quoted as an address."""
        query = self.scope["query_string"].decode("latin-1")
        path = quote(self.path, safe="/:@!$&'()*+,;=~-._")
        return f"{path}?{query}" if query else path

    @property
    def htmx(self) -> bool:
        """Whether our script asks for a fragment."""
        return self.heads.get(b"hx-request") == b"true"

    @property
    def safe(self) -> bool:
        """Whether the method promises to change nothing."""
        return self.method in SAFE


def parse_cookies(header: bytes) -> dict[str, str]:
    """The cookies of a header; what isn't `name=value` in Latin-1 is left out."""
    found: dict[str, str] = {}
    for part in header.decode("latin-1").split(";"):
        name, equals, value = part.partition("=")
        if equals:
            found.setdefault(name.strip(), value.strip())
    return found
