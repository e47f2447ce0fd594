"""Puts mail into the table and its jobs into the queue, in the transaction of whoever writes it."""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from maru.db.unit import Unit
from maru.jobs.queue import Queue
from maru.mail.addresses import Mailbox, mailbox
from maru.mail.letters import Letter
from maru.mail.queries import INSERT
from maru_sdk import ContextSeed, Model, SystemFault
from maru_sdk.db import uuid7
from maru_sdk.declarations import Job
from maru_sdk.mail import MailRefused

MOST: Final = 100
_LARGE: Final = 100_000


class Parcel(Model):
    """One recipient's share of a mail, as its job is asked."""

    mail: UUID
    number: int
    to: str
    name: str = ""


class Outbox:
    """The mail of all tenants. A rolled-back unit sends nothing."""

    def __init__(self, queue: Queue, sender: Mailbox) -> None:
        self.sender = sender
        self._queue = queue

    def sender_of(self, tenant_name: str) -> Mailbox:
        """Who mail of this tenant comes from."""
        return sender_for(self.sender, tenant_name)

    async def put(
        self,
        unit: Unit,
        job: Job | None,
        seed: ContextSeed,
        plugin: str,
        letter: Letter,
        to: Sequence[str],
    ) -> list[UUID]:
        """Keep the mail and enqueue a job for each of `to`; raises MailRefused."""
        if job is None:
            raise SystemFault("the job that sends mail is missing")
        people = addressed(letter, to)
        mail = uuid7()
        session = await unit.session()
        await session.execute(
            INSERT,
            {
                "id": mail,
                "plugin": plugin,
                "subject": letter.subject,
                "recipients": len(people),
                "sender": letter.sender.address,
                "message": await packed(letter),
            },
        )
        asks = [
            Parcel(mail=mail, number=number, to=one.address, name=one.name).model_dump_json()
            for number, one in enumerate(people)
        ]
        return await self._queue.enqueue_many(
            unit,
            seed.tenant,
            job,
            asks,
            actor=seed.actor,
            trace=seed.trace,
            locale=seed.locale,
            timezone=seed.timezone,
        )


def sender_for(sender: Mailbox, tenant_name: str) -> Mailbox:
    """Who mail comes from: the operator's words, else the tenant's name."""
    if sender.name:
        return sender
    return Mailbox(sender.address, " ".join(tenant_name.split()))


def addressed(letter: Letter, to: Sequence[str]) -> list[Mailbox]:
    """Whom the letter goes to; raises MailRefused where it, or an address, is none."""
    people = recipients(to)
    letter.check()
    return people


def recipients(to: Sequence[str]) -> list[Mailbox]:
    """The addresses, each once; raises MailRefused."""
    if isinstance(to, str):
        to = [to]
    people = list(
        {one.address.lower(): one for one in (mailbox(text, "to") for text in to)}.values()
    )
    if not people or len(people) > MOST:
        raise MailRefused(field="to", reason=f"it has {len(people)} recipients of 1 to {MOST}")
    return people


async def packed(letter: Letter) -> bytes:
    """The letter's bytes; what takes long is made in a thread."""
    size = sum(len(one.content) for one in letter.attachments) + len(letter.text)
    if size + len(letter.html or "") < _LARGE:
        return letter.packed()
    return await asyncio.to_thread(letter.packed)


def message_id(mail: UUID, number: int, domain: str) -> str:
    """The name of a message, the same however often it is sent."""
    return f"{mail.hex}.{number}@{domain}"
