"""Reads and changes the lists; nobody locks themselves out."""

from collections.abc import Iterator

from maru.admin.addresses.lists import KEY, AddressLists
from maru.admin.service import call_of
from maru.api.addresses import Lists, network_of
from maru.plugins.context import Call
from maru_sdk import Context, InvalidInput


class WouldLockOut(InvalidInput):
    """Whoever changes the lists could not come back to mend them."""

    code = "WOULD_LOCK_OUT"
    message = "These lists would lock you out: your own address is {address}"


async def kept(ctx: Context) -> AddressLists:
    """The tenant's lists."""
    return await call_of(ctx).services.settings_store.get(ctx.tenant.id, KEY, AddressLists)


async def changed(ctx: Context, given: AddressLists) -> AddressLists:
    """Stores other lists; raises InvalidInput for what is no network, WouldLockOut."""
    faults = [*_faults(ctx, "allow", given.allow), *_faults(ctx, "block", given.block)]
    if faults:
        raise InvalidInput(fields=faults)
    new = AddressLists(allow=_settled(given.allow), block=_settled(given.block))
    call, before = call_of(ctx), await kept(ctx)
    if call.address is not None and not new.lists.permits(call.address):
        raise _lockout(call, new)
    if new != before:
        await call.services.settings_store.put(call.unit, ctx.tenant.id, KEY, new)
        old = before.model_dump(mode="json")
        await ctx.audit("admin_addresses.changed", "admin", before=old, after=new.model_dump())
    return new


def _lockout(call: Call, new: AddressLists) -> WouldLockOut:
    blocked = not Lists.of((), new.block).permits(str(call.address))
    message = call.t(WouldLockOut.message, address=call.address)
    fault = {"path": "block" if blocked else "allow", "code": "lockout", "message": message}
    return WouldLockOut(address=call.address, fields=[fault])


def _settled(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(str(network_of(text)) for text in texts))


def _faults(ctx: Context, field: str, texts: list[str]) -> Iterator[dict[str, str]]:
    say = call_of(ctx).t
    for at, text in enumerate(texts):
        try:
            network_of(text)
        except ValueError:
            message = say("{network} is no address or network", network=text[:60])
            yield {"path": f"{field}.{at}", "code": "network", "message": message}
