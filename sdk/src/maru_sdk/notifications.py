"""What a plugin tells people (kinds of notifications and `ctx.notify`), and by what ways they may
hear of anything (channels). Import it where you need it.

A kind is a function that puts a value into words, in the reader's language. Core keeps the value,
not the words, asks whom it is for, and brings it to each as they like to be told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from maru_sdk._declarations import Declaration, Handler
from maru_sdk._model import Model
from maru_sdk._permissions import Permission

__all__ = [
    "Delivery",
    "Notice",
    "NotificationChannel",
    "NotificationKind",
    "Recipients",
    "notification",
    "notification_channel",
]

Way = Literal["in_app", "email"]
Form = Literal["text", "phone", "url"]
Reader = Literal["person", "company"]
Id = Annotated[str, Field(max_length=200)]
_MOST = 20_000


class Notice(Model):
    """What somebody is told: one line, what more there is to say, and the page that it leads to."""

    title: str = Field(min_length=1, max_length=300)
    body: str = Field("", max_length=2_000)
    url: str = Field("/", pattern=r"^/([^/\\].*)?$", max_length=500)


class Recipients(Model):
    """Whom it is for: all of these together, without `without`.

    `departments` are their people and those of the departments below, further posts included;
    `roles` are keys of roles, given to a person, a department or a group for the whole tenant.
    """

    people: list[UUID] = Field(default_factory=list, max_length=_MOST)
    departments: list[UUID] = Field(default_factory=list, max_length=_MOST)
    roles: list[Id] = Field(default_factory=list, max_length=100)
    everyone: bool = False
    without: list[UUID] = Field(default_factory=list, max_length=_MOST)


@dataclass(frozen=True, eq=False)
class NotificationKind(Declaration):
    """One kind of thing that people are told, named `<key>.<function>`. Made by `notification`."""

    title: str
    icon: str = "bell"
    needs: Permission | None = None
    channels: tuple[Way, ...] = ("in_app", "email")
    always: bool = False


def notification(
    title: str,
    *,
    icon: str = "bell",
    needs: Permission | None = None,
    channels: tuple[Way, ...] = ("in_app", "email"),
    always: bool = False,
) -> Callable[[Handler], NotificationKind]:
    """A kind of notification; listed in `Plugin(notifications=[...])`.

    The function is `async def commented(ctx: Context, ask: Commented, count: int) -> Notice`: it
    gives the words, in the reader's language, from `ask` alone (a page of them shows many), and
    `count` is how many are bundled into this one; leave it out where nothing is bundled. `title`
    is what people choose by: "Comments on my posts". `needs` is what a reader must hold, on the
    thing that `ctx.notify` names. `channels` are those that are on for people who chose nothing
    (`("in_app",)` where mail would be too much); `always` means that nobody may turn it off.
    """
    return lambda function: NotificationKind(function, title, icon, needs, channels, always)


class Delivery(Model):
    """What a channel brings to one address, in the language of whoever reads there.

    `id` stays the same however often it is tried: hand it on, so that nothing is taken twice. `url`
    is whole. `secret` is the key by which the other side knows us, of a company's address alone.
    """

    id: UUID
    address: str
    secret: str = ""
    kind: str
    title: str
    body: str
    url: str
    created_at: datetime


@dataclass(frozen=True, eq=False)
class NotificationChannel(Declaration):
    """One way by which people or companies are told. Made by `notification_channel`."""

    title: str
    address: str
    form: Form = "text"
    to: Reader = "person"
    icon: str = "send"
    tries: int = 16


def notification_channel(
    title: str,
    *,
    address: str,
    form: Form = "text",
    to: Reader = "person",
    icon: str = "send",
    tries: int = 16,
) -> Callable[[Handler], NotificationChannel]:
    """A way to tell; listed in `Plugin(notification_channels=[...])`.

    The function is `async def text_message(ctx: Context, ask: Delivery) -> None`: it brings one
    delivery to one address, by `ctx.http` for instance, within 15 s. A job calls it: what it raises
    is tried again, up to `tries` times over hours; InvalidInput means that it never will do, and
    the admin sees why. A worker that dies calls it again with the same id. `address` is what the
    person (`to="person"`, each chooses the kinds) or the admin (`to="company"`, one choice for all)
    is asked for: "Mobile number"; `form` is how it is checked. Quiet hours hold for people.
    """
    return lambda function: NotificationChannel(function, title, address, form, to, icon, tries)
