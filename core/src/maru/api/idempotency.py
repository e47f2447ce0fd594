"""A POST that is sent again under its `Idempotency-Key` acts once and answers the same.

The row stands in the transaction of the effect. Whoever comes second waits for it at the unique
index: then there is either an answer to repeat, or no trace and the work is done now.
"""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from maru.api.errors import BadRequest, KeyReused
from maru.api.exchange import Answer, Exchange
from maru.api.models import Idempotency
from maru.api.surfaces import SECRET_ANSWERS, Target
from maru.api.work import Act, Call
from maru_sdk import Conflict
from maru_sdk.db import col

KEPT: Final = timedelta(hours=24)
_KEY: Final = re.compile(rb"[\x21-\x7e]{1,255}")
_REPLAYED: Final = (b"idempotency-replayed", b"true")


def repeatable(exchange: Exchange, target: Target, body: bytes, act: Act) -> Act:
    """`act` so that it takes effect once per key; sign-in's routes are left as they are.

    (What those answer are tokens, which are kept nowhere.)
    """
    key = exchange.heads[b"idempotency-key"]
    if _KEY.fullmatch(key) is None:
        raise BadRequest
    if target.cookieless or target.label in SECRET_ANSWERS:
        return act

    async def once(call: Call) -> Answer:
        entry = _Entry(await session_of(call), exchange, key.decode(), body)
        return await entry.claim() or await entry.fill(await act(call))

    return once


async def session_of(call: Call) -> AsyncSession:
    """The session of a call's unit of work."""
    found: AsyncSession | Callable[[], Awaitable[AsyncSession]] = call.unit.session
    return found if isinstance(found, AsyncSession) else await found()


class _Entry:
    """The row of one key."""

    def __init__(self, session: AsyncSession, exchange: Exchange, key: str, body: bytes) -> None:
        caller = exchange.caller
        self._session = session
        self._hash = sha256(exchange.scope["query_string"] + b"\n" + body).hexdigest()
        self._person = None if caller is None else caller.person_id
        self._place: dict[str, Any] = {"route": f"POST {exchange.path}", "key": key}

    async def claim(self) -> Answer | None:
        """The answer to repeat, or None where the work is ours to do now."""
        if await self._insert():
            return None
        found = (await self._session.execute(self._select())).one_or_none()
        if found is None:
            await self._session.execute(delete(Idempotency).where(*self._here()))
            if not await self._insert():
                raise Conflict
            return None
        if found.body_hash != self._hash:
            raise KeyReused
        headers = [(name.encode(), value.encode()) for name, value in found.headers.items()]
        kind = dict(headers).pop(b"content-type")
        return Answer(found.status, found.body, kind, headers=[_REPLAYED])

    async def fill(self, answer: Answer) -> Answer:
        """Keeps the answer of the work."""
        if answer.status < 400 and answer.stream is None:
            await self._session.execute(
                update(Idempotency)
                .where(*self._here())
                .values(
                    status=answer.status,
                    headers={"content-type": answer.kind.decode()},
                    body=answer.body,
                )
            )
        return answer

    async def _insert(self) -> bool:
        statement = (
            insert(Idempotency)
            .values(person_id=self._person, body_hash=self._hash, headers={}, **self._place)
            .on_conflict_do_nothing()
            .returning(col(Idempotency.id))
        )
        return (await self._session.execute(statement)).first() is not None

    def _select(self) -> Any:
        row = Idempotency
        return select(col(row.status), col(row.headers), col(row.body), col(row.body_hash)).where(
            *self._here(), col(row.created_at) > func.now() - KEPT, col(row.status).is_not(None)
        )

    def _here(self) -> tuple[Any, ...]:
        row = Idempotency
        return (
            col(row.person_id).is_not_distinct_from(self._person),
            *(getattr(row, name) == value for name, value in self._place.items()),
        )
