"""What is said of an alert, and to whom: by mail, to Slack, to a webhook."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from maru.alerts.alarm import Notice
from maru.alerts.rule import Channel

log = logging.getLogger(__name__)

Send = Callable[["Message"], Awaitable[None]]
"""Delivers one message; raises where it can't."""

Post = Callable[[str, Mapping[str, Any]], Awaitable[None]]
"""Posts JSON to an address."""

Mail = Callable[[Sequence[str], str, str], Awaitable[None]]
"""Mails a subject and a text to addresses."""


class Message:
    """One notice in words. They are English: they leave the house, whoever reads them."""

    def __init__(self, notice: Notice, instance: str) -> None:
        self.notice, self.instance = notice, instance

    @property
    def subject(self) -> str:
        """One line."""
        rule = self.notice.rule
        kind = rule.severity if self.notice.firing else "resolved"
        return f"[Maru {self.instance}] {kind}: {rule.title}"

    @property
    def text(self) -> str:
        """What was found, and by which rule."""
        rule, value = self.notice.rule, self.notice.value
        found = "no figure" if value is None else f"{value:.4g}"
        limit = f"{rule.operator} {rule.threshold:g}"
        return f"{rule.title}.\n{rule.metric} {rule.measure}: {found} (rule {rule.name}: {limit})"

    @property
    def json(self) -> dict[str, Any]:
        """What a webhook gets."""
        rule = self.notice.rule
        return {
            "alert": rule.name,
            "title": rule.title,
            "status": "firing" if self.notice.firing else "resolved",
            "severity": rule.severity,
            "metric": rule.metric,
            "measure": rule.measure,
            "operator": rule.operator,
            "threshold": rule.threshold,
            "value": self.notice.value,
            "instance": self.instance,
        }


def by_mail(mail: Mail, addresses: Sequence[str]) -> Send:
    """Messages as mail."""

    async def send(message: Message) -> None:
        await mail(addresses, message.subject, message.text)

    return send


def to_slack(post: Post, address: str) -> Send:
    """Messages in a Slack channel, by its incoming webhook."""

    async def send(message: Message) -> None:
        await post(address, {"text": f"*{message.subject}*\n{message.text}"})

    return send


def to_webhook(post: Post, address: str) -> Send:
    """Messages as JSON."""

    async def send(message: Message) -> None:
        await post(address, message.json)

    return send


class Messenger:
    """Sends to the channels that the operator has set; one that fails keeps no other from it."""

    def __init__(self, ways: Mapping[Channel, Send], instance: str) -> None:
        self._ways, self._instance = ways, instance

    def reaches(self, channels: Sequence[Channel]) -> list[Channel]:
        """Those of the channels that are set."""
        return [name for name in channels if name in self._ways]

    async def tell(self, notice: Notice, channels: Sequence[Channel]) -> list[Channel]:
        """Send the notice to these channels as far as they are set; those that have failed."""
        message = Message(notice, self._instance)
        log.warning("alert %s", message.subject, extra={"fields": message.json})
        return [
            name
            for name in self.reaches(channels)
            if not await _sent(name, self._ways[name], message)
        ]


async def _sent(name: str, send: Send, message: Message) -> bool:
    try:
        await send(message)
    except Exception as error:  # the wall of a process: whatever a channel raises, others are told
        log.warning("the alert can't be sent by %s: %s", name, error)
        return False
    return True
