"""Puts each request on the account of its address, person, token and tenant."""

from dataclasses import replace
from typing import Final

from maru.api.exchange import Exchange
from maru.api.surfaces import Target
from maru.limits import Limits, LimitsOf, Rate, Refused, Whom
from maru.limits.rates import rates_of
from maru.limits.stocks import Headers
from maru.observability.metrics import Metrics
from maru.redis import Link
from maru.settings import SettingFault, Settings

SIGN_IN: Final = "sign-in"
EXPORT: Final = "export"


class Limiting:
    """The edge's face of the limits: what a request counts as, and what its caller is told."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits

    async def arrive(self, exchange: Exchange) -> None:
        """Counts whatever comes from an address; raises Refused."""
        try:
            await self.limits.arrive(exchange.known_tenant.id, exchange.address)
        except Refused as refused:
            exchange.headers_out += refused.headers
            raise

    async def admit(self, exchange: Exchange, target: Target) -> None:
        """Counts a request by what it asks for; raises Refused."""
        try:
            told = await self._count(exchange, target)
        except Refused as refused:
            exchange.headers_out += refused.headers
            raise
        if exchange.area == "api":
            exchange.headers_out += told

    async def _count(self, exchange: Exchange, target: Target) -> Headers:
        caller, limits = exchange.caller, self.limits
        whom = (
            Whom(exchange.known_tenant.id, exchange.address)
            if caller is None
            else Whom(caller.tenant_id, exchange.address, caller.person_id, caller.session_id)
        )
        if target.limit is None:
            return await (limits.read(whom) if exchange.safe else limits.write(whom))
        if target.limit == SIGN_IN:
            return await limits.sign_in(whom)
        if target.limit == EXPORT:
            return await limits.export(whom)
        own = f"{target.method} {target.label}", Rate.of(target.limit)
        if exchange.safe:
            await limits.read(whom)
            return await limits.route(whom, *own)
        return await limits.write(whom, *own)


def limiting_of(settings: Settings, link: Link, metrics: Metrics) -> Limiting | None:
    """What the operator's settings limit; a SettingFault names the one that says nothing."""
    if not settings.limits:
        return None
    allowed = LimitsOf()
    for kind in ("reads", "writes", "exports", "sign_ins"):
        try:
            allowed = replace(allowed, **{kind: rates_of(getattr(settings, f"limit_{kind}"))})
        except ValueError as error:
            raise SettingFault(f"MARU_LIMIT_{kind.upper()}", str(error)) from None
    return Limiting(Limits(link, allowed, metrics, instance=settings.instance))
