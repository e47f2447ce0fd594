"""What statements cost: a figure for each, a log line with the plugin's name for those that are
slow, and a span in a trace."""

import logging
import re
import sys
import time
from functools import lru_cache
from typing import Final

from maru.observability.doing import doing
from maru.observability.metrics import Metrics
from maru.observability.suspects import CORE, Suspects
from maru.observability.tracing import current

log = logging.getLogger(__name__)

LONGEST: Final = 2_000
# A process without time to spare is late for every answer, so that all statements look slow:
# telling of each would cost it a tenth of the time that it hasn't.
TOLD_A_SECOND: Final = 10
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'|(?<![\w$.\[])\d+(?:\.\d+)?\b")
_SPACE: Final = re.compile(r"\s+")


class Statements:
    """Told of every statement of a process (`maru.db.database.Database.timed`)."""

    def __init__(self, metrics: Metrics, suspects: Suspects, slow: float) -> None:
        """`slow` is how many seconds are too many."""
        self._suspects, self._slow = suspects, slow
        self._took = metrics.histogram(
            "maru_db_query_duration_seconds", "Time that a statement took."
        )
        self._count = metrics.counter(
            "maru_db_slow_queries_total", "Statements that took too long.", ("plugin",)
        )
        self._count.add(CORE, by=0)
        self._second, self._told, self._untold = 0, 0, 0

    def __call__(self, seconds: float, sql: str, tenant: object = None) -> None:
        """One statement has ended."""
        self._took.observe((), seconds)
        if seconds >= self._slow:
            self._tell(seconds, sql, tenant)
        if (span := current()) is not None:
            shown = without_values(sql)
            span.note(shown.partition(" ")[0].upper(), seconds, {"statement": shown})

    def _tell(self, seconds: float, sql: str, tenant: object) -> None:
        place = self._suspects.here(sys._getframe(1))
        plugin = place.plugin if place is not None else doing().get("plugin") or CORE
        self._count.add(plugin)
        if not self._may_tell():
            self._untold += 1
            return
        fields: dict[str, object] = {
            "plugin": plugin,
            "duration_ms": round(seconds * 1_000, 3),
            "statement": without_values(sql),
        }
        if place is not None:
            fields["place"] = str(place)
        if tenant is not None and not doing().get("tenant"):
            fields["tenant"] = str(tenant)
        if self._untold:
            fields["untold"], self._untold = self._untold, 0
        log.warning("slow statement", extra={"fields": fields})

    def _may_tell(self) -> bool:
        now = int(time.monotonic())
        if now != self._second:
            self._second, self._told = now, 0
        self._told += 1
        return self._told <= TOLD_A_SECOND


@lru_cache(maxsize=1_024)
def without_values(sql: str) -> str:
    """The statement on one line, its parameters' places kept, whatever values stand in it gone."""
    return _SPACE.sub(" ", _LITERAL.sub("?", sql)).strip()[:LONGEST]
