"""A company's hooks: addresses that are told of some kinds by some channel. Every notice is one
delivery to each, under an id that stays the same however often it is tried."""

import secrets
from typing import Final
from uuid import UUID

from maru.notifications import hook_queries as queries
from maru.notifications.channels import channel_of, checked
from maru.notifications.deliveries import Delivering, enqueue
from maru.notifications.kinds import found
from maru.outside.targets import read
from maru.plugins.context import Call
from maru_sdk import InvalidInput
from maru_sdk._encrypted import place
from maru_sdk.db import uuid7

TABLE: Final = "maru.notification_hook"
_SHOWN: Final = 4


async def put(call: Call, notice: UUID, kind: str) -> None:
    """A delivery to each hook that is told of this kind, in the transaction at hand."""
    rows = await call.unit.db.execute(queries.LISTENING)
    hooks = [row.id for row in rows if kind in row.kinds]
    if hooks:
        ids = [uuid7() for _ in hooks]
        await call.unit.db.execute(queries.PUT, {"notice": notice, "ids": ids, "hooks": hooks})
        await enqueue(call, [Delivering(delivery=one) for one in ids])


async def add(call: Call, name: str, channel: str, address: str, kinds: list[str]) -> UUID:
    """A new hook; raises AddressRefused for an address that can't be one, InvalidInput for kinds
    or channels that aren't."""
    way = channel_of(call, channel)
    if way is None or way[1].to != "company":
        raise InvalidInput(f"there is no channel {channel[:100]}")
    address = checked(way[1], address)
    unknown = [one for one in kinds if found(call, one) is None]
    if unknown or not kinds:
        raise InvalidInput(f"there is no kind {unknown[0][:100]}" if unknown else "choose a kind")
    made, vault, tenant = uuid7(), call.services.vault, call.tenant.id
    sealed = {
        column: await vault.seal(tenant, text, place(TABLE, made, column))
        for column, text in (("url", address), ("secret", secrets.token_hex(32)))
    }
    host = read(address).host if way[1].form == "url" else f"…{address[-_SHOWN:]}"
    row = {"id": made, "name": name, "channel": channel, "host": host, "kinds": kinds, **sealed}
    await call.unit.db.execute(queries.ADD, row)
    return made


async def opened(call: Call, hook: UUID, column: str, sealed: str) -> str:
    """A sealed text of a hook."""
    return await call.services.vault.open(call.tenant.id, sealed, place(TABLE, hook, column))
