"""What operators hear of each run of a job: one line, its figures, and its place in a trace."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol
from uuid import UUID

from maru.observability.doing import at
from maru.observability.trace import new_trace, trace_id
from maru.observability.tracing import Span, Tracing
from maru_sdk import ContextSeed

log = logging.getLogger(__name__)

Outcome = Literal["done", "again", "dead", "lost", "cancelled", "handed back"]

Ended = Callable[[str, float, bool], None]
"""Told of each run: its kind, its seconds and whether it failed."""


class Told(Protocol):
    """What a run says of itself (`maru.jobs.runner.Run`)."""

    @property
    def tenant_id(self) -> UUID: ...
    @property
    def job_id(self) -> UUID: ...
    @property
    def kind(self) -> str: ...
    @property
    def tries(self) -> int: ...
    @property
    def seed(self) -> ContextSeed: ...


@dataclass(slots=True)
class Ending:
    """What has become of a run; whoever knows better writes it here."""

    outcome: Outcome = "lost"


class Watching:
    """Watches runs. `tenant` gives a tenant's name in the log."""

    def __init__(
        self,
        *,
        tracing: Tracing | None = None,
        tenant: Callable[[UUID], str] = str,
        ended: Ended = lambda kind, seconds, failure: None,
    ) -> None:
        self._tracing, self._tenant, self._ended = tracing, tenant, ended

    @contextmanager
    def run(self, run: Told) -> Iterator[Ending]:
        """Has one run watched; it hasn't failed where it ends as `done`."""
        trace = trace_id(run.seed.trace) or new_trace()
        facts: dict[str, Any] = {
            "trace_id": trace,
            "tenant": self._tenant(run.tenant_id),
            "user_id": run.seed.actor,
            "plugin": run.seed.plugin,
            "job": run.job_id,
            "kind": run.kind,
        }
        ending, began = Ending(), time.perf_counter()
        with at(lambda: facts):
            span = self._begun(run, trace, facts)
            try:
                yield ending
            finally:
                seconds = time.perf_counter() - began
                self._told(run, ending, seconds)
                if span is not None:
                    _close(span, ending)

    def _begun(self, run: Told, trace: str, facts: dict[str, Any]) -> Span | None:
        if self._tracing is None:
            return None
        span = self._tracing.begin(f"job {run.kind}", run.seed.trace, "consumer", trace=trace)
        span.set(**{name: facts[name] for name in ("tenant", "plugin", "job", "kind")})
        return span

    def _told(self, run: Told, ending: Ending, seconds: float) -> None:
        self._ended(run.kind, seconds, ending.outcome != "done")
        if not log.isEnabledFor(logging.INFO):
            return
        fields = {
            "duration_ms": round(seconds * 1_000, 3),
            "outcome": ending.outcome,
            "tries": run.tries + 1,
        }
        # As log.info would, which looks through the stack for a line number that nobody reads.
        record = log.makeRecord(
            log.name,
            logging.INFO,
            __file__,
            0,
            "job %s",
            (ending.outcome,),
            None,
            extra={"fields": fields},
        )
        log.handle(record)


def _close(span: Span, ending: Ending) -> None:
    span.set(outcome=ending.outcome)
    if ending.outcome in ("again", "dead"):
        span.failure = ending.outcome
    span.end()
