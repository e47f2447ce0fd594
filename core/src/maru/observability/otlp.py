"""Sends spans to a collector by OTLP over HTTP, with OpenTelemetry's own exporter.

It is imported where an endpoint is set alone: it costs 150 ms and some megabytes.
"""

import logging
import os
import socket
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from maru.observability.masking import masked
from maru.observability.tracing import Span, Tracing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

log = logging.getLogger(__name__)

TIMEOUT: Final = 5.0
_NAMES: Final = {
    "method": "http.request.method",
    "route": "http.route",
    "status": "http.response.status_code",
    "statement": "db.query.text",
    "host": "server.address",
}
"""Our words in OpenTelemetry's; what isn't here is `maru.` and the word."""


class Collector:
    """A collector at an address. Raises OSError for what it doesn't take, and says so once."""

    def __init__(self, endpoint: str, service: str, instance: str) -> None:
        from opentelemetry.exporter.otlp.proto.http import Compression
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource

        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL + 1)
        self._where = masked(endpoint)
        self._exporter = OTLPSpanExporter(
            _traces(endpoint), timeout=TIMEOUT, compression=Compression.Gzip
        )
        self._resource = Resource(
            {
                "service.name": f"maru-{service}",
                "service.namespace": instance,
                "service.version": version("maru-core"),
                "service.instance.id": f"{socket.gethostname()}-{os.getpid()}",
            }
        )
        self._away = False

    def __call__(self, spans: list[Span]) -> None:
        """Send these; in whichever thread."""
        from opentelemetry.sdk.trace.export import SpanExportResult

        found = self._exporter.export([readable(span, self._resource) for span in spans])
        away = found is not SpanExportResult.SUCCESS
        if away != self._away:
            self._away = away
            how = "takes no traces; they are dropped" if away else "takes traces again"
            log.warning("the collector at %s %s", self._where, how)
        if away:
            raise OSError("the collector takes no traces")


def tracing_to(endpoint: str, service: str, *, instance: str, sample: float) -> Tracing:
    """Traces that go to the collector at `endpoint`."""
    return Tracing(Collector(endpoint, service, instance), sample=sample)


def readable(span: Span, resource: Any) -> "ReadableSpan":
    """The span as OpenTelemetry knows spans."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import ReadableSpan

    flags = trace.TraceFlags(trace.TraceFlags.SAMPLED)
    number = int(span.trace, 16)
    parent = None
    if span.parent:
        parent = trace.SpanContext(number, int(span.parent, 16), is_remote=False)
    failed = trace.Status(trace.StatusCode.ERROR, span.failure) if span.failure else None
    return ReadableSpan(
        name=span.name,
        context=trace.SpanContext(number, int(span.id, 16), is_remote=False, trace_flags=flags),
        parent=parent,
        resource=resource,
        attributes={
            _NAMES.get(name, f"maru.{name}"): _plain(value)
            for name, value in span.attributes.items()
            if value is not None
        },
        kind=trace.SpanKind[span.kind.upper()],
        status=failed or trace.Status(trace.StatusCode.UNSET),
        start_time=span.began,
        end_time=span.ended,
    )


def _plain(value: Any) -> bool | int | float | str:
    return value if isinstance(value, bool | int | float) else masked(str(value))


def _traces(endpoint: str) -> str:
    """The address with OTLP's path where it names none."""
    return endpoint if urlsplit(endpoint).path.strip("/") else f"{endpoint.rstrip('/')}/v1/traces"
