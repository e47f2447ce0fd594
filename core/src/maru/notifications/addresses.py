"""Where people are told by channels of plugins: an address for each, sealed like those of hooks."""

from typing import Annotated, Any, Final
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from maru.notifications.channels import channel_of, channels_on, checked
from maru.plugins.context import Call
from maru_sdk import InvalidInput, Model
from maru_sdk._encrypted import place
from maru_sdk.db import Query, uuid7
from maru_sdk.declarations import NotificationChannel

TABLE: Final = "maru.notification_address"
_SHOWN_AS: Final = {"phone": "tel", "url": "url", "text": "text"}
_PERSON: Final = sa.bindparam("person", type_=sa.Uuid())
_PUT: Final = sa.text(
    """
    INSERT INTO maru.notification_address (id, person_id, channel, address)
    VALUES (:id, :person, :channel, :address)
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid()), _PERSON)
_REMOVE: Final = sa.text(
    "DELETE FROM maru.notification_address WHERE person_id = :person AND channel = :channel"
).bindparams(_PERSON)


class AddressRow(Model):
    """An address as it is kept."""

    id: UUID
    channel: str
    address: str


_OWN: Final = Query(
    "SELECT id, channel, address FROM maru.notification_address WHERE person_id = :person",
    AddressRow,
    params={"person": UUID},
)


class Address(Model):
    """A channel, and where a person is told by it; empty where they are not."""

    channel: str
    title: str
    icon: str
    address: str
    form_schema: dict[str, Any]


class AddressForm(Model):
    """Where somebody is told by a channel; empty for nowhere."""

    channel: Annotated[str, Field(max_length=220)] = Field(json_schema_extra={"x-kind": "hidden"})
    address: str = Field(
        "", max_length=2_000, description="Nothing is sent there while this is empty."
    )


async def addresses(call: Call, person: UUID | None) -> list[Address]:
    """All channels to people that are on here; of nobody, without addresses."""
    rows = [] if person is None else await call.ctx("core").read(_OWN, person=person)
    kept = {row.channel: row for row in rows}
    return [
        Address(
            channel=channel.name,
            title=call.ctx(key).t(channel.title),
            icon=channel.icon,
            address=await _shown(call, kept.get(channel.name)),
            form_schema=_form_of(channel, call.ctx(key).t(channel.address)),
        )
        for key, channel in channels_on(call, "person")
    ]


async def keep(call: Call, person: UUID, channel: str, address: str) -> None:
    """Another address, or none; raises InvalidInput or AddressRefused for what can't be one."""
    found = channel_of(call, channel)
    if found is None or found[1].to != "person":
        raise InvalidInput(f"there is no channel {channel[:100]}")
    address = _checked(call, found[1], address) if address.strip() else ""
    await call.unit.db.execute(_REMOVE, {"person": person, "channel": channel})
    if address:
        made = uuid7()
        sealed = await call.services.vault.seal(call.tenant.id, address, _place(made))
        row = {"id": made, "person": person, "channel": channel, "address": sealed}
        await call.unit.db.execute(_PUT, row)


async def opened(call: Call, row: UUID, sealed: str) -> str:
    """An address in plain."""
    return await call.services.vault.open(call.tenant.id, sealed, _place(row))


async def _shown(call: Call, row: AddressRow | None) -> str:
    return "" if row is None else await opened(call, row.id, row.address)


def _form_of(channel: NotificationChannel, label: str) -> dict[str, Any]:
    schema = AddressForm.model_json_schema()
    shown = {"title": label, "x-kind": _SHOWN_AS[channel.form]}
    schema["properties"]["address"] |= shown
    return schema


def _checked(call: Call, channel: NotificationChannel, address: str) -> str:
    try:
        return checked(channel, address)
    except InvalidInput as error:
        message = call.t("This can't be right: please look at it again.")
        field = {"path": "address", "code": "invalid", "message": message}
        raise InvalidInput(fields=[field]) from error


def _place(row: UUID) -> str:
    return place(TABLE, row, "address")
