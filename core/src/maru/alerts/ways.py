"""How alerts leave the house: by the same ways as everything else, though not by the queue, which
may be what is amiss."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from maru.alerts.messages import Send, by_mail, to_slack, to_webhook
from maru.alerts.rule import Channel
from maru.mail.addresses import Mailbox, mailbox
from maru.mail.letters import Letter, addressed
from maru.mail.post import Post
from maru.outside import Ask, Outside
from maru.settings import SettingFault, Settings
from maru_sdk.http import HttpRefused
from maru_sdk.mail import MailRefused

SECONDS = 10.0
LIMIT = 100_000
NOBODY = UUID(int=0)


def ways(
    settings: Settings, post: Post, outside: Outside, sender: Mailbox
) -> Mapping[Channel, Send]:
    """The channels that the operator has set."""
    found: dict[Channel, Send] = {}
    if settings.alert_mail:
        found["mail"] = by_mail(_mail(post, sender), _addresses(settings.alert_mail))
    if settings.alert_slack:
        found["slack"] = to_slack(_posting(outside), settings.alert_slack)
    if settings.alert_webhook:
        found["webhook"] = to_webhook(_posting(outside), settings.alert_webhook)
    return found


def _addresses(words: Sequence[str]) -> list[str]:
    try:
        return [mailbox(word, "to").address for word in words]
    except MailRefused as refused:
        raise SettingFault("MARU_ALERT_MAIL", str(refused)) from None


def _mail(post: Post, sender: Mailbox) -> Any:
    async def mail(addresses: Sequence[str], subject: str, text: str) -> None:
        now = datetime.now(UTC)
        letter = Letter(sender=sender, subject=subject, text=text, written=now).packed()
        for address in addresses:
            name = uuid4().hex
            whole = addressed(letter, Mailbox(address), f"{name}@{sender.domain}")
            await post.send(sender.address, address, whole, name)

    return mail


def _posting(outside: Outside) -> Any:
    async def post(url: str, body: Mapping[str, Any]) -> None:
        ask = Ask(
            tenant_id=NOBODY,
            plugin="alerts",
            method="POST",
            url=url,
            seconds=SECONDS,
            limit=LIMIT,
            json=body,
        )
        answer = await outside.call(ask)
        if answer.status >= 300:
            raise HttpRefused("The other side answers {status}", status=answer.status)

    return post
