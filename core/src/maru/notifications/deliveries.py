"""Deliveries to people, by the channels for which they gave an address and chose the kind."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from maru.notifications.channels import channels_on
from maru.plugins.context import Call
from maru_sdk import Model, SystemFault
from maru_sdk.db import uuid7

DELIVER_JOB: Final = "core.deliver_notice"

WANTED: Final = sa.text(
    """
    SELECT n.person_id, a.channel
      FROM maru.notification n
      JOIN maru.notification_address a ON a.tenant_id = n.tenant_id AND a.person_id = n.person_id
       AND a.channel = ANY (:channels)
      LEFT JOIN maru.notification_choice own
        ON own.tenant_id = n.tenant_id AND own.person_id = n.person_id AND own.kind = n.kind
       AND own.channel = a.channel
      LEFT JOIN maru.notification_choice ours
        ON ours.tenant_id = n.tenant_id AND ours.person_id IS NULL AND ours.kind = n.kind
       AND ours.channel = a.channel
     WHERE n.notice_id = :notice AND n.person_id > :after AND n.person_id <= :last
       AND coalesce(own.how, ours.how, 'off') = 'now'
    """
).bindparams(
    sa.bindparam("channels", type_=sa.ARRAY(sa.Text())),
    sa.bindparam("notice", type_=sa.Uuid()),
    sa.bindparam("after", type_=sa.Uuid()),
    sa.bindparam("last", type_=sa.Uuid()),
)

PUT: Final = sa.text(
    """
    INSERT INTO maru.notification_delivery (id, channel, person_id, notice_id)
    SELECT asked.id, asked.channel, asked.person, :notice
      FROM unnest(:ids, :people, :channels) AS asked(id, person, channel)
    ON CONFLICT (tenant_id, notice_id, person_id, channel) DO NOTHING
    RETURNING id
    """
).bindparams(
    sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid())),
    sa.bindparam("people", type_=sa.ARRAY(sa.Uuid())),
    sa.bindparam("channels", type_=sa.ARRAY(sa.Text())),
    sa.bindparam("notice", type_=sa.Uuid()),
)


class Delivering(Model):
    """One delivery."""

    delivery: UUID


async def put(call: Call, notice: UUID, after: UUID, last: UUID) -> None:
    """A delivery by each channel to each of a part of those who were told, in the transaction at
    hand; who has one of this notice gets no other."""
    channels = [channel.name for _, channel in channels_on(call, "person")]
    if not channels:
        return
    asked = {"channels": channels, "notice": notice, "after": after, "last": last}
    wanted = (await call.unit.db.execute(WANTED, asked)).all()
    if wanted:
        people, ways = zip(*wanted, strict=True)
        values = {"people": list(people), "channels": list(ways), "notice": notice}
        made = await call.unit.db.execute(PUT, values | {"ids": [uuid7() for _ in wanted]})
        await enqueue(call, [Delivering(delivery=one) for one in made.scalars()])


async def enqueue(call: Call, asks: Sequence[Delivering]) -> None:
    """Has them delivered after the commit."""
    job = call.services.host.find("jobs", DELIVER_JOB)
    if job is None:
        raise SystemFault("the job that delivers what people are told is missing")
    if asks:
        await call.ctx("core").jobs.enqueue_many(job[1], asks)
