"""Traces: which request, job and statement caused which, told to a collector in the background.

A trace begins where work begins, at the edge or with a job (`Tracing.begin`); what happens within
is a child of whatever runs (`span`). Without a beginning there is nothing to be a child of, so
where tracing is off `span` is one look at a context variable. The spans are our own small objects:
OpenTelemetry's classes come in where they are sent (`maru.observability.otlp`), in a thread.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Final, Literal

from maru.observability.drain import Drain
from maru.observability.trace import new_trace, parent_of, request_id

Kind = Literal["internal", "server", "consumer", "client"]

LIMIT: Final = 4_096
PAUSE: Final = 1.0
_WHOLE: Final = 1 << 64


class Span:
    """One piece of work. Attributes are told by Maru's words: `plugin`, `tenant`, `route`."""

    __slots__ = (
        "_began",
        "_home",
        "_token",
        "attributes",
        "began",
        "ended",
        "failure",
        "id",
        "kind",
        "name",
        "parent",
        "sampled",
        "trace",
    )

    def __init__(
        self,
        home: "Tracing",
        name: str,
        trace: str,
        parent: str,
        sampled: bool,
        kind: Kind,
        attributes: dict[str, Any],
    ) -> None:
        self._home, self.name, self.trace, self.parent = home, name, trace, parent
        self.sampled, self.kind, self.attributes = sampled, kind, attributes
        self.id = request_id()
        self.failure: str | None = None
        self._token: Token[Span | None] | None = None
        self.began, self.ended, self._began = time.time_ns(), 0, time.perf_counter_ns()

    def set(self, **attributes: Any) -> None:
        """Say more about this work."""
        self.attributes.update(attributes)

    def __enter__(self) -> "Span":
        self._token = _current.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.failure = kind.__name__
        self.end()

    def end(self) -> None:
        """The work is over; in the context in which it began."""
        if self._token is not None:
            _current.reset(self._token)
            self._token = None
        if self.sampled:
            self.ended = self.began + time.perf_counter_ns() - self._began
            self._home.keep(self)

    @property
    def traceparent(self) -> str:
        """This span as another's parent."""
        return f"00-{self.trace}-{self.id}-0{int(self.sampled)}"

    def child(self, name: str, kind: Kind, attributes: dict[str, Any]) -> "Span":
        """A piece of this work."""
        return Span(self._home, name, self.trace, self.id, True, kind, attributes)

    def note(self, name: str, seconds: float, attributes: dict[str, Any]) -> None:
        """A piece of this work that has just ended."""
        done = self.child(name, "client", attributes)
        done.ended, done.began = done.began, done.began - int(seconds * 1e9)
        self._home.keep(done)


class _Nothing:
    """The span of what isn't traced."""

    def set(self, **attributes: Any) -> None:
        """Forget it."""

    def __enter__(self) -> "_Nothing":
        return self

    def __exit__(self, *_: object) -> None:
        return None


_NOTHING: Final = _Nothing()
_current: ContextVar[Span | None] = ContextVar("maru_span", default=None)


class Tracing:
    """Where a process's traces go: `send` is called in a thread, with what has ended since.

    `sample` is the share of traces that are kept where the caller hasn't decided; it is decided by
    the trace id, so every process decides alike.
    """

    def __init__(
        self,
        send: Callable[[list[Span]], None],
        *,
        sample: float = 1.0,
        limit: int = LIMIT,
        pause: float = PAUSE,
    ) -> None:
        self._bound = int(sample * _WHOLE)
        self._drain = Drain("traces", send, limit=limit, pause=pause)

    @property
    def lost(self) -> int:
        """Spans that reached no collector."""
        return self._drain.lost

    def begin(self, name: str, carried: str | bytes | None, kind: Kind, *, trace: str = "") -> Span:
        """Begin a piece of work that `carried` (a `traceparent`, or a trace id) has caused; it is
        what runs until its `end`. `trace` names the trace where `carried` doesn't."""
        parent = parent_of(carried)
        if parent is not None:
            found = Span(self, name, parent.trace, parent.span, parent.sampled, kind, {})
        else:
            trace = trace if _is_id(trace) else new_trace()
            sampled = int(trace[16:], 16) < self._bound
            found = Span(self, name, trace, "", sampled, kind, {})
        return found.__enter__()

    def keep(self, span: Span) -> None:
        """Have the span sent."""
        self._drain.put(span)

    def settle(self, within: float) -> bool:
        """Wait, `within` seconds at most, until what has ended is sent."""
        return self._drain.settle(within)


def span(name: str, kind: Kind = "internal", /, **attributes: Any) -> Span | _Nothing:
    """A piece of what runs, for `with`; costs next to nothing where nothing is traced."""
    here = _current.get()
    if here is None or not here.sampled:
        return _NOTHING
    return here.child(name, kind, attributes)


def current() -> Span | None:
    """The span that runs, where it is kept."""
    here = _current.get()
    return here if here is not None and here.sampled else None


def carried(trace: str) -> str:
    """What work that leaves this process carries: the span that runs as a `traceparent`, where it
    belongs to `trace`; else `trace` as it is."""
    here = _current.get()
    return here.traceparent if here is not None and here.trace == trace else trace


def outgoing(trace: str = "") -> str:
    """The `traceparent` of a call to somebody else; where nothing is traced one that names
    `trace`, or "" without."""
    here = _current.get()
    if here is not None:
        return here.traceparent
    return f"00-{trace}-{request_id()}-00" if _is_id(trace) else ""


def _is_id(text: str) -> bool:
    return len(text) == 32 and not text.strip("0123456789abcdef") and bool(text.strip("0"))
