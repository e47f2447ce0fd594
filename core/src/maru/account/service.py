"""What routes and pages around an account share: the person as they see themselves, and changes."""

from typing import Any, cast
from uuid import UUID
from zoneinfo import available_timezones

import sqlalchemy as sa

from maru.access.granted import Granted
from maru.account.schemas import Me, MeChange
from maru.identity.errors import NotSignedIn, UserNotFound
from maru.identity.models import Person
from maru.identity.people import People
from maru.identity.people_queries import PERSON, USER
from maru.identity.places import local
from maru.identity.sign_in import Origin, fold
from maru.identity.tokens import Caller
from maru.plugins.context import Call, PluginContext
from maru.portal.start import chosen_start
from maru_sdk import Context, InvalidInput
from maru_sdk.db import col


def call_of(ctx: Context) -> Call:
    """The piece of work behind a context: core's own handlers may use its services."""
    return cast("PluginContext", ctx).call


def origin_of(ctx: Context) -> Origin:
    """Where the request came from."""
    call = call_of(ctx)
    device = None if call.cookies is None else call.jar.get(call.cookies.device)
    return Origin(call.address, call.agent, call.trace or None, device)


def caller_of(ctx: Context) -> Caller:
    """The session that the request belongs to."""
    caller = call_of(ctx).caller
    if caller is None:
        raise NotSignedIn
    return caller


async def me_of(ctx: Context, person_id: UUID, granted: Granted) -> Me:
    """A person as they see themselves; own changes of the request are seen."""
    (seen,) = await ctx.read(USER, id=person_id) or (None,)
    (row,) = await ctx.read(PERSON, id=person_id) or (None,)
    if seen is None or row is None:
        raise UserNotFound
    return Me(
        **dict(seen),
        roles=list(granted.roles),
        permissions=sorted(call_of(ctx).in_force(granted)),
        tenant=ctx.tenant.slug,
        locale=row.locale,
        timezone=row.timezone,
        theme=row.theme,
        start_page=row.start_page,
    )


async def change_me(ctx: Context, people: People, change: MeChange) -> None:
    """Stores what a person changed about themselves, with an audit line."""
    changes = change.model_dump(exclude_unset=True)
    await _check(ctx, changes)
    if not changes:
        return
    person_id = ctx.me.id
    (row,) = await ctx.read(PERSON, id=person_id)
    before = {name: getattr(row, name) for name in changes}
    stored = {**changes}
    if "email" in changes:
        stored["email_key"] = fold(changes["email"]) if changes["email"] else None
    await ctx.db.execute(sa.update(Person).where(col(Person.id) == person_id).values(**stored))
    await ctx.audit("person.changed", f"person:{person_id}", before=before, after=changes)
    await people.changed(call_of(ctx).unit, person_id)


async def _check(ctx: Context, changes: dict[str, Any]) -> None:
    zone, photo = changes.get("timezone"), changes.get("photo_url")
    if zone is not None and zone not in available_timezones():
        raise _unfit("timezone", ctx.t("Not a time zone such as Asia/Seoul"))
    if photo is not None and local(photo) != photo:
        raise _unfit("photo_url", ctx.t("A picture must be a path on this site"))
    start = changes.get("start_page")
    if start is not None and await chosen_start(call_of(ctx), start) != start:
        raise _unfit("start_page", ctx.t("You can't begin there: choose a page of the navigation"))


def _unfit(path: str, message: str) -> InvalidInput:
    return InvalidInput(fields=[{"path": path, "code": "value_error", "message": message}])
