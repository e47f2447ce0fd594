"""Which portlet types there are for whom."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import cast

from maru.access.granted import Granted
from maru.access.rights import Rights
from maru.plugins.context import Call
from maru.plugins.registry import Installed
from maru.portal.layout import Kind
from maru_sdk.declarations import Portlet

Kinds = tuple[Kind, ...]


def usable(call: Call) -> dict[str, Portlet]:
    """The portlet types that this person may use in this tenant now, in the order of the
    plugins."""
    return {
        portlet.name: portlet
        for installed, portlet in _on(call)
        if portlet.needs is None or call.granted.can(portlet.needs.name)
    }


def _on(call: Call) -> Iterator[tuple[Installed, Portlet]]:
    services = call.services
    for installed, portlet in services.host.declared("portlets"):
        if services.gate.on(call.tenant.id, installed.key):
            yield installed, portlet


def kinds_of(call: Call, *, all_usable: bool = False) -> Kinds:
    """Every installed portlet type as whoever asks meets it, in the order of the start: what the
    tenant has added stands before core's own."""
    services, tenant = call.services, call.tenant.id
    declared = sorted(services.host.declared("portlets"), key=lambda one: one[0].core)
    return tuple(
        Kind(
            portlet.name,
            is_on=services.gate.on(tenant, installed.key),
            is_usable=all_usable or portlet.needs is None or call.granted.can(portlet.needs.name),
            size=portlet.size,
            least=portlet.min_size,
            most=portlet.max_size,
        )
        for installed, portlet in declared
    )


def as_role(call: Call, key: str, permissions: Iterable[str]) -> Call:
    """The same call as somebody would make it who has this role and is nobody in particular."""
    rights = cast("Rights", call.services.rights)
    held = frozenset(permissions) - rights.withheld(call.tenant.id)
    return replace(call, user=None, granted=Granted(held, roles=(key,)), _contexts={})
