"""Whether the process lives, can serve, and how its parts are: for supervisors and operators."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from logging import WARNING
from time import perf_counter
from typing import Any, Final

import orjson

from maru.api.exchange import Answer, Exchange
from maru.observability.log import Journal

LIMIT: Final = 5.0

Check = Callable[[], Awaitable[object]]
Checks = Callable[[], Mapping[str, Check]]


class Health:
    """Runs checks, each under its limit, all at once."""

    def __init__(
        self,
        service: str,
        version: str,
        journal: Journal,
        own: Mapping[str, Check],
        more: Checks,
        *,
        limit: float = LIMIT,
    ) -> None:
        """`own` are what serving needs; `more()` gives what else an operator should know of."""
        self._service, self._version, self._journal = service, version, journal
        self._own, self._more, self._limit = own, more, limit
        self._running: dict[str, asyncio.Task[BaseException | None]] = {}

    async def __call__(self, exchange: Exchange) -> Answer:
        """`/health/live`, `/health/ready` and `/health`."""
        checks: Mapping[str, Check]
        match exchange.path.rstrip("/"):
            case "/health/live":
                checks = {}
            case "/health/ready":
                checks = self._own
            case "/health":
                checks = {**self._own, **self._more()}
            case _:
                return Answer(404, b'{"status":"unknown"}')
        if not exchange.safe:
            return Answer(405, headers=[(b"allow", b"GET, HEAD")])
        body = await self._report(checks)
        status = 200 if body["status"] == "healthy" else 503
        return Answer(status, orjson.dumps(body, option=orjson.OPT_UTC_Z))

    async def whole(self) -> dict[str, Any]:
        """What `/health` says."""
        return await self._report({**self._own, **self._more()})

    async def _report(self, checks: Mapping[str, Check]) -> dict[str, Any]:
        started = perf_counter()
        results = await asyncio.gather(*(self._run(name, check) for name, check in checks.items()))
        found = dict(zip(checks, results, strict=True))
        healthy = all(result["status"] == "healthy" for result in results)
        return {
            "status": "healthy" if healthy else "unhealthy",
            "service": self._service,
            "version": self._version,
            "timestamp": datetime.now(UTC),
            "duration": round(perf_counter() - started, 6),
            "checks": found,
        }

    async def _run(self, name: str, check: Check) -> dict[str, Any]:
        started, error = perf_counter(), None
        task = self._running.get(name) or self._start(name, check)
        done, _ = await asyncio.wait({task}, timeout=self._limit)
        fault = task.result() if done else TimeoutError()
        if not done:
            task.cancel()
        if isinstance(fault, TimeoutError):
            error = "no answer in time"
        elif fault is not None:
            error = type(fault).__name__
            self._journal.write(WARNING, f"health check {name} failed: {fault}")
        result: dict[str, Any] = {
            "status": "healthy" if error is None else "unhealthy",
            "latency_ms": round((perf_counter() - started) * 1000, 3),
        }
        return result if error is None else {**result, "error": error}

    def _start(self, name: str, check: Check) -> asyncio.Task[BaseException | None]:
        """One run of a check at a time: one that doesn't end, even when told to, is not begun
        again."""
        task = asyncio.create_task(_fault_of(check), name=f"health check {name}")
        self._running[name] = task
        task.add_done_callback(lambda _: self._running.pop(name, None))
        return task


async def _fault_of(check: Check) -> BaseException | None:
    """What a check raised; None where it went well."""
    try:
        await check()
    except asyncio.CancelledError:
        return TimeoutError()
    except (Exception, SystemExit) as fault:  # the wall of a health check
        return fault
    return None
