"""What the doctor asks push: whether web, which passes sockets on to it, can reach it."""

from __future__ import annotations

import httpx2

from maru.cli.doctor.finding import Finding, fault, fine, note
from maru.settings import Settings

_PATIENCE = 3.0


async def push_findings(settings: Settings) -> list[Finding]:
    if not settings.push_url:
        mend = "start maru push and set MARU_PUSH_URL, or let a gateway lead /api/v1/realtime to it"
        return [note("push", "web passes no sockets on (MARU_PUSH_URL is not set)", mend)]
    address = f"{settings.push_url}/health/ready"
    try:
        async with httpx2.AsyncClient(timeout=_PATIENCE, trust_env=False) as client:
            answer = await client.get(address)
    except httpx2.HTTPError as error:
        reason = str(error).rstrip(".") or type(error).__name__
        return [
            fault("push", f"{settings.push_url}: {reason}", "maru push, or correct the address")
        ]
    if answer.status_code != httpx2.codes.OK:
        return [fault("push", f"{address} answers {answer.status_code}", f"curl {address}")]
    return [fine("push", f"{settings.push_url} answers")]
