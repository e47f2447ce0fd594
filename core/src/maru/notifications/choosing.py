"""How people like to be told: by kind and channel, at what hours; and what their company has for
those who chose nothing."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal, get_args
from uuid import UUID

import sqlalchemy as sa

from maru.notifications.channels import channels_on
from maru.notifications.kinds import kinds_on
from maru.plugins.context import Call
from maru_sdk import InvalidInput, Model
from maru_sdk.db import Query, uuid7

How = Literal["off", "now", "daily", "weekly"]
HOWS: Final[Mapping[str, tuple[str, ...]]] = {"in_app": ("now", "off"), "email": get_args(How)}
OTHERS: Final = ("now", "off")

_PUT: Final = sa.text(
    """
    INSERT INTO maru.notification_choice (id, person_id, kind, channel, how)
    VALUES (:id, :person, :kind, :channel, :how)
    ON CONFLICT (tenant_id, person_id, kind, channel)
    DO UPDATE SET how = excluded.how, updated_at = now()
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid()), sa.bindparam("person", type_=sa.Uuid()))


class Chosen(Model):
    """One choice."""

    kind: str
    channel: str
    how: str


OWN: Final = Query(
    "SELECT kind, channel, how FROM maru.notification_choice WHERE person_id = :person",
    Chosen,
    params={"person": UUID},
)
COMPANY: Final = Query(
    "SELECT kind, channel, how FROM maru.notification_choice WHERE person_id IS NULL", Chosen
)


class Choice(Model):
    """How somebody is told of one kind, and by which channels of plugins besides; of `always` ones
    only these can be chosen."""

    name: str
    title: str
    icon: str
    plugin: str
    in_app: How
    email: How
    others: dict[str, How]
    always: bool

    def of(self, channel: str) -> str | None:
        """How they are told by this channel; None where there is none."""
        own: dict[str, How] = {"in_app": self.in_app, "email": self.email}
        return (own | self.others).get(channel)

    def may_be(self, channel: str, how: str) -> bool:
        """Whether it can be chosen."""
        if channel in self.others:
            return how in OTHERS
        return not self.always and how in HOWS.get(channel, ())


class Hours(Model):
    """When a person wants no mail (`22:30`), and at which hour they have their digest."""

    quiet_from: str | None = None
    quiet_until: str | None = None
    digest_hour: int = 8


class HoursRow(Model):
    """The same as it is kept."""

    quiet_from: int | None
    quiet_until: int | None
    digest_hour: int


HOURS: Final = Query(
    """
    SELECT quiet_from, quiet_until, digest_hour FROM maru.notification_hours
     WHERE person_id = :person
    """,
    HoursRow,
    params={"person": UUID},
)
_PUT_HOURS: Final = sa.text(
    """
    INSERT INTO maru.notification_hours (id, person_id, quiet_from, quiet_until, digest_hour)
    VALUES (:id, :person, :quiet_from, :quiet_until, :digest_hour)
    ON CONFLICT (tenant_id, person_id)
    DO UPDATE SET quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
                  digest_hour = excluded.digest_hour, updated_at = now()
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid()), sa.bindparam("person", type_=sa.Uuid()))


async def choices(call: Call, person: UUID | None) -> list[Choice]:
    """What holds for a person, or for those who chose nothing."""
    core = call.ctx("core")
    found = {(one.kind, one.channel): one.how for one in await core.read(COMPANY)}
    if person is not None:
        own = await core.read(OWN, person=person)
        found |= {(one.kind, one.channel): one.how for one in own}
    others = [channel.name for _, channel in channels_on(call, "person")]
    shown = []
    for key, kind in kinds_on(call):
        usual = {way: "now" if way in kind.channels else "off" for way in HOWS}
        if not kind.always:
            usual = {way: found.get((kind.name, way), how) for way, how in usual.items()}
        shown.append(
            Choice.model_validate(
                {
                    "name": kind.name,
                    "title": call.ctx(key).t(kind.title),
                    "icon": kind.icon,
                    "plugin": _area(call, key),
                    "always": kind.always,
                    "others": {name: found.get((kind.name, name), "off") for name in others},
                    **usual,
                }
            )
        )
    return shown


def _area(call: Call, key: str) -> str:
    """The title of the plugin whose kind it is; core's need none."""
    installed = call.services.host.installed.get(key)
    return "" if installed is None or installed.core else call.ctx(key).t(installed.plugin.title)


async def choose(call: Call, person: UUID | None, chosen: Iterable[Chosen]) -> None:
    """Keeps what differs from what holds; raises InvalidInput for what can't be chosen."""
    before = {one.name: one for one in await choices(call, person)}
    for one in chosen:
        known = before.get(one.kind)
        if known is None or not known.may_be(one.channel, one.how):
            raise InvalidInput(f"{one.kind[:100]}: {one.channel[:20]} can't be {one.how[:20]}")
        if known.of(one.channel) != one.how:
            await call.unit.db.execute(_PUT, {"id": uuid7(), "person": person, **one.model_dump()})


async def hours(call: Call, person: UUID) -> Hours:
    """A person's quiet hours and the hour of their digest."""
    for row in await call.ctx("core").read(HOURS, person=person):
        return Hours(
            quiet_from=_shown(row.quiet_from),
            quiet_until=_shown(row.quiet_until),
            digest_hour=row.digest_hour,
        )
    return Hours()


async def keep_hours(call: Call, person: UUID, given: Hours) -> None:
    """Keeps other hours; half a span is none."""
    begin, end = _minutes(given.quiet_from), _minutes(given.quiet_until)
    if begin is None or end is None:
        begin = end = None
    values = {"quiet_from": begin, "quiet_until": end, "digest_hour": given.digest_hour}
    await call.unit.db.execute(_PUT_HOURS, {"id": uuid7(), "person": person, **values})


def _minutes(text: str | None) -> int | None:
    if not text:
        return None
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)


def _shown(minutes: int | None) -> str | None:
    return None if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"
