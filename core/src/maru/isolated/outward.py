"""What leads out of an isolated process: other machines and open pages by way of whoever called;
mail, and messages that go with the transaction, by way of the database."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from maru.db.unit import Unit
from maru.isolated.bounds import SaidTooMuch, through
from maru.isolated.queue import queued
from maru.isolated.ticketed import WORK
from maru.mail.addresses import Mailbox
from maru.mail.letters import Letter
from maru.mail.outbox import addressed, sender_for
from maru.mail.written import written
from maru.observability.trace import trace_id
from maru.outside import Ask
from maru.outside.messages import Message
from maru.push.log import checked
from maru_sdk import ContextSeed, SystemFault
from maru_sdk.db import uuid7
from maru_sdk.declarations import Job, SearchSource
from maru_sdk.http import HttpAnswer

_JSON: Final = sa.bindparam("row", type_=JSONB)
_LIVE: Final = sa.text("SELECT maru.isolated_live(:row)").bindparams(_JSON)
_MAIL: Final = sa.text("SELECT maru.isolated_mail(:row)").bindparams(_JSON)

Data = Mapping[str, Any] | str


class SearchHere:
    """The index, which isolated plugins have no door to yet."""

    async def index(self, call: Any, key: str, source: SearchSource, ids: Sequence[UUID]) -> None:
        """See `maru.search.index`."""
        raise SystemFault(f"{source.name}: an isolated plugin can't be searched")

    async def leave(self, call: Any, source: SearchSource, resource: str) -> None:
        """See `maru.search.index`."""
        raise SystemFault(f"{source.name}: an isolated plugin can't be searched")


class OutsideHere:
    """Calls to other machines, made by the process that has called this one."""

    async def call(self, ask: Ask) -> HttpAnswer:
        """See `maru.outside`."""
        given = {"json": ask.json, "data": ask.data, "content": ask.content}
        message = Message.of(ask.method, ask.headers, **given)
        what = {
            "method": message.method,
            "url": ask.url,
            "seconds": ask.seconds,
            "limit": ask.limit,
            "headers": dict(message.headers),
            "params": {str(name): _texts(value) for name, value in ask.params.items()},
            "body": message.body.decode("latin-1"),
        }
        answer = await WORK.get().door.wish("http", what)
        return HttpAnswer(answer["status"], answer["headers"], answer["body"].encode("latin-1"))


def _texts(value: Any) -> str | list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else str(value)


class LiveHere:
    """What open pages are told."""

    async def send(self, unit: Unit, tenant_id: UUID, room: str, event: str, data: Data) -> None:
        """See `maru.push.log`."""
        said = orjson.loads(checked(room, event, data))
        row = {"id": str(uuid7()), "room": room, "event": event, "data": said}
        await through(unit, _LIVE, {"row": row}, SaidTooMuch)
        WORK.get().nudges.add("live")

    async def send_now(self, tenant_id: UUID, room: str, event: str, data: Data) -> None:
        """See `maru.push.log`. Whoever called puts the plugin's name before the event."""
        said = orjson.loads(checked(room, event, data))
        own = event if ":" in room and not room.startswith("me:") else event.partition(".")[2]
        await WORK.get().door.wish("live", {"room": room, "event": own, "data": said})


class Letters:
    """What mails say; their bytes are made where they are sent."""

    def __init__(self, sender: Mailbox) -> None:
        self.sender = sender

    def sender_of(self, tenant_name: str) -> Mailbox:
        """See `maru.mail.outbox`."""
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
        """See `maru.mail.outbox`."""
        people = addressed(letter, to)
        jobs = [uuid7() for _ in people]
        row = {
            "id": str(uuid7()),
            **written(letter),
            "to": [
                {"job": str(job), "address": one.address, "name": one.name}
                for job, one in zip(jobs, people, strict=True)
            ],
            "trace": trace_id(seed.trace),
            "locale": seed.locale,
            "timezone": seed.timezone,
        }
        await queued(unit, _MAIL, row)
        return jobs
