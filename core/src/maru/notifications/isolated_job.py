"""Tells people what a plugin in a process of its own has asked for.

It comes from the database, where that plugin has written it: nothing in it is believed but the
plugin's key, which is its ticket's.
"""

from typing import Annotated, Any, Final, cast
from uuid import UUID

from pydantic import Field

from maru.notifications.kinds import call_of, found
from maru.notifications.telling import Telling
from maru.plugins.isolated.described import Anything
from maru.plugins.isolated.stubs import elsewhere_of
from maru_sdk import Context, InvalidInput, Model, job
from maru_sdk.notifications import Recipients

_NAME: Final = Field(None, max_length=200)


class AskedFor(Model):
    """What it asks for, and who it is."""

    id: UUID
    plugin: str
    kind: Annotated[str, Field(max_length=200)]
    value: dict[str, Any]
    to: Recipients
    key: str | None = _NAME
    bundle: str | None = _NAME
    resource: str | None = _NAME
    department_id: UUID | None = None


@job(tries=8, deadline="5m")
async def tell_for_isolated(ctx: Context, ask: AskedFor) -> None:
    """Tells it as if a trusted plugin had; under one key however often it is run."""
    call = call_of(ctx)
    one = call.services.host.find("notifications", ask.kind)
    if one is None or one[0].key != ask.plugin or elsewhere_of(one[1].function) is None:
        raise InvalidInput(f"{ask.plugin} declares no notification {ask.kind}")
    if found(call, ask.kind) is not None:
        await cast(Telling, call.services.notices).tell(
            call,
            one[1],
            Anything.model_validate(ask.value),
            ask.to,
            key=ask.key or str(ask.id),
            bundle=ask.bundle,
            on=ask,
        )
