"""The kinds of notifications that a tenant has, and what a person may see of them."""

from collections.abc import Iterator
from typing import Final, cast

from maru.plugins.context import Call, PluginContext
from maru_sdk import Context
from maru_sdk.declarations import NotificationKind

CORE: Final = "core"


def call_of(ctx: Context) -> Call:
    """The piece of work behind a context."""
    return cast("PluginContext", ctx).call


def context_key(kind: NotificationKind, key: str) -> str:
    """Through whose eyes a kind's function sees: core's own plugins are all core."""
    return CORE if kind.name.startswith("core.") else key


def kinds_on(call: Call) -> Iterator[tuple[str, NotificationKind]]:
    """All kinds of what is on here, with the key to see them by."""
    for installed, kind in call.services.host.declared("notifications"):
        if call.services.gate.on(call.tenant.id, installed.key):
            yield context_key(kind, installed.key), kind


def names_on(call: Call) -> list[str]:
    """Their names."""
    return [kind.name for _, kind in kinds_on(call)]


def found(call: Call, name: str) -> tuple[str, NotificationKind] | None:
    """The kind of this name, where it is on here."""
    one = call.services.host.find("notifications", name)
    if one is None or not call.services.gate.on(call.tenant.id, one[0].key):
        return None
    return context_key(one[1], one[0].key), one[1]
