"""The ways by which people and companies are told, beside the bell and mail: plugins declare them,
webhooks and Slack among them."""

import re
from collections.abc import Iterator
from typing import Final

from maru.notifications.kinds import CORE
from maru.outside.targets import read
from maru.plugins.context import Call
from maru_sdk import InvalidInput
from maru_sdk.declarations import NotificationChannel

LONGEST: Final = 2_000
_PHONE: Final = re.compile(r"\+?[0-9](?:[0-9 -]{5,18})[0-9]")


def channels_on(call: Call, to: str) -> Iterator[tuple[str, NotificationChannel]]:
    """Those to a `person` or a `company` that are on here, with the key to see them by."""
    for installed, channel in call.services.host.declared("notification_channels"):
        if channel.to == to and call.services.gate.on(call.tenant.id, installed.key):
            yield _key(channel, installed.key), channel


def channel_of(call: Call, name: str) -> tuple[str, NotificationChannel] | None:
    """The channel of this name, where it is on here."""
    one = call.services.host.find("notification_channels", name)
    if one is None or not call.services.gate.on(call.tenant.id, one[0].key):
        return None
    return _key(one[1], one[0].key), one[1]


def title_of(call: Call, name: str) -> str:
    """Its title in the reader's language; its name where it isn't on any more."""
    found = channel_of(call, name)
    return name if found is None else call.ctx(found[0]).t(found[1].title)


def checked(channel: NotificationChannel, address: str) -> str:
    """The address as it is kept; raises InvalidInput or AddressRefused for one that can't be."""
    address = address.strip()
    if channel.form == "url":
        return read(address).url
    fits = channel.form == "text" or _PHONE.fullmatch(address)
    if not (0 < len(address) <= LONGEST and address.isprintable() and fits):
        raise InvalidInput(f"{address[:50]!r} can't be an address of {channel.name}")
    return address


def _key(channel: NotificationChannel, key: str) -> str:
    return CORE if channel.name.startswith("core.") else key
