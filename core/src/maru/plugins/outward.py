"""The faces of what leads out of the house, scoped to one plugin and one piece of work."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from maru.mail.addresses import mailbox
from maru.mail.letters import Letter, text_of
from maru.outside import Ask
from maru_sdk import Model, SystemFault
from maru_sdk.declarations import duration
from maru_sdk.http import HttpAnswer, OutsideInTransaction, Unreachable
from maru_sdk.mail import Attachment, MailRefused

if TYPE_CHECKING:
    from maru.plugins.context import Call

MAIL_JOB = "core.deliver_mail"


def seconds_left(call: "Call", asked: str) -> float:
    """The seconds of a duration, as far as the work at hand still has them."""
    seconds = duration(asked).total_seconds()
    if call.deadline is None:
        return seconds
    return min(seconds, (call.deadline - datetime.now(UTC)).total_seconds())


class ScopedHttp:
    """Calls of this plugin for this tenant."""

    def __init__(self, call: "Call", key: str) -> None:
        self._call, self._key = call, key

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        timeout: str = "10s",  # noqa: ASYNC109
        limit: int = 10_000_000,
    ) -> HttpAnswer:
        """See `maru_sdk.http.Http`, here and below."""
        return await self.request(
            "GET", url, headers=headers, params=params, timeout=timeout, limit=limit
        )

    async def post(
        self,
        url: str,
        *,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: str = "10s",  # noqa: ASYNC109
        limit: int = 10_000_000,
    ) -> HttpAnswer:
        return await self.request(
            "POST",
            url,
            headers=headers,
            json=json,
            data=data,
            content=content,
            timeout=timeout,
            limit=limit,
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        timeout: str = "10s",  # noqa: ASYNC109
        limit: int = 10_000_000,
    ) -> HttpAnswer:
        if self._call.in_transaction:
            raise OutsideInTransaction
        seconds = seconds_left(self._call, timeout)
        if seconds <= 0:
            raise Unreachable("No time is left for an outside call")
        ask = Ask(
            tenant_id=self._call.tenant.id,
            plugin=self._key,
            method=method,
            url=url,
            seconds=seconds,
            limit=limit,
            trace=self._call.trace,
            headers=headers or {},
            params=params or {},
            json=json,
            data=data,
            content=content,
        )
        return await self._call.services.outside.call(ask)


class ScopedMail:
    """Mail of this plugin for this tenant."""

    def __init__(self, call: "Call", key: str) -> None:
        self._call, self._key = call, key

    async def send(
        self,
        *,
        to: str | Sequence[str],
        subject: str,
        text: str | None = None,
        html: str | None = None,
        template: str | None = None,
        model: Model | None = None,
        attachments: Sequence[Attachment] = (),
        reply_to: str | None = None,
    ) -> list[UUID]:
        """See `maru_sdk.mail.Mail`."""
        call, services = self._call, self._call.services
        letter = letter_of(
            call,
            subject=subject,
            text=text,
            html=html if template is None else self._drawn(template, model),
            attachments=attachments,
            reply_to=reply_to,
        )
        found = services.host.find("jobs", MAIL_JOB)
        people = [to] if isinstance(to, str) else to
        seed, job = call.seed("core"), None if found is None else found[1]
        return await services.mail.put(call.unit, job, seed, self._key, letter, people)

    def _drawn(self, template: str, model: Model | None) -> str:
        if template.partition("/")[0] != self._key:
            raise SystemFault(f"{template} is another plugin's template")
        return drawn(self._call, template, model)


def drawn(call: "Call", template: str, model: Model | None) -> str:
    """A mail's HTML in the reader's language; `sender` is there besides the model's fields."""
    fields = {} if model is None else {one: getattr(model, one) for one in type(model).model_fields}
    given = {"sender": call.services.mail.sender_of(call.tenant.name).name, **fields}
    render = call.services.renderer.render
    return render(template, given, locale=call.locale, zone=call.timezone)


def letter_of(
    call: "Call",
    *,
    subject: str,
    text: str | None = None,
    html: str | None = None,
    attachments: Sequence[Attachment] = (),
    reply_to: str | None = None,
) -> Letter:
    """The letter, with words for those who read no HTML; raises MailRefused."""
    if text is None and html is None:
        raise MailRefused(field="text", reason="it says nothing")
    return Letter(
        sender=call.services.mail.sender_of(call.tenant.name),
        subject=subject,
        text=text_of(html or "") if text is None else text,
        html=html,
        reply_to=None if reply_to is None else mailbox(reply_to, "reply_to"),
        attachments=attachments,
        written=datetime.now(UTC),
    )
