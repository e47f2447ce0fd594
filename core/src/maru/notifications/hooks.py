"""A company's hooks: addresses that are told of some kinds. Every notice is one delivery to each,
under an id that stays the same however often it is tried."""

import hashlib
import hmac
import secrets
from typing import Any, Final
from uuid import UUID

import orjson

from maru.notifications import hook_queries as queries
from maru.notifications.kinds import found
from maru.outside.targets import read
from maru.plugins.context import Call
from maru_sdk import InvalidInput, Model
from maru_sdk._encrypted import place
from maru_sdk.db import uuid7
from maru_sdk.notifications import Notice

TABLE: Final = "maru.notification_hook"
DELIVER_JOB: Final = "core.deliver_hook"


class Delivering(Model):
    """One delivery."""

    delivery: UUID


async def put(call: Call, notice: UUID, kind: str) -> None:
    """A delivery to each hook that is told of this kind, in the transaction at hand."""
    rows = await call.unit.db.execute(queries.LISTENING)
    hooks = [row.id for row in rows if kind in row.kinds]
    job = call.services.host.find("jobs", DELIVER_JOB)
    if not hooks or job is None:
        return
    ids = [uuid7() for _ in hooks]
    await call.unit.db.execute(queries.PUT, {"notice": notice, "ids": ids, "hooks": hooks})
    asks = [Delivering(delivery=one) for one in ids]
    await call.ctx("core").jobs.enqueue_many(job[1], asks)


async def add(call: Call, name: str, style: str, url: str, kinds: list[str]) -> UUID:
    """A new hook; raises AddressRefused for an address that can't be one, InvalidInput for kinds
    that aren't."""
    host = read(url).host
    unknown = [one for one in kinds if found(call, one) is None]
    if unknown or not kinds:
        raise InvalidInput(f"there is no kind {unknown[0][:100]}" if unknown else "choose a kind")
    made, vault, tenant = uuid7(), call.services.vault, call.tenant.id
    sealed = {
        column: await vault.seal(tenant, text, place(TABLE, made, column))
        for column, text in (("url", url), ("secret", secrets.token_hex(32)))
    }
    row = {"id": made, "name": name, "style": style, "host": host, "kinds": kinds, **sealed}
    await call.unit.db.execute(queries.ADD, row)
    return made


async def opened(call: Call, hook: UUID, column: str, sealed: str) -> str:
    """A sealed text of a hook."""
    return await call.services.vault.open(call.tenant.id, sealed, place(TABLE, hook, column))


def signed(secret: str, moment: int, body: bytes) -> str:
    """What shows the receiver that it comes from here, and when it left."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"


def told(row: Any, notice: Notice, home: str) -> bytes:
    """The body for another program."""
    return orjson.dumps(
        {
            "id": str(row.id),
            "kind": row.kind,
            "title": notice.title,
            "body": notice.body,
            "url": home + notice.url,
            "created_at": row.created_at,
        }
    )


def said(notice: Notice, home: str) -> bytes:
    """The body for Slack, in which three signs mean something."""
    title, more = _plain(notice.title), _plain(notice.body)
    link = f"<{home}{notice.url.replace('|', '%7C').replace('>', '%3E')}|{title.replace('|', '/')}>"
    return orjson.dumps({"text": f"{link}\n{more}" if more else link})


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
