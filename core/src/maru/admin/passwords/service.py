"""What admins do about signing in, audited."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa

from maru.access.permissions import SETTINGS_MANAGE, USERS_MANAGE
from maru.account.letters import AccountLetters
from maru.admin.passwords.schemas import InvitationsOut, PasswordsView, PersonSignIn
from maru.admin.service import call_of
from maru.federation.queries import UNINVITED
from maru.identity.errors import UserNotFound
from maru.identity.models import Person
from maru.identity.policy import OWN_KEY, PasswordPolicy
from maru.identity.queries import STANDING
from maru_sdk import Conflict, Context
from maru_sdk.db import col


class NotInvitable(Conflict):
    """Somebody without a mail address, or who left, gets no invitation."""

    code = "USER_NOT_INVITABLE"
    message = "Only active people who have a mail address can be invited"


class NoPassword(Conflict):
    """Who has no password has none to change."""

    code = "USER_HAS_NO_PASSWORD"
    message = "This person has no password yet; send an invitation"


async def view(ctx: Context) -> PasswordsView:
    """The page of passwords and invitations."""
    return PasswordsView(
        policy=await policy(ctx),
        form_schema=_worded(ctx, PasswordPolicy.model_json_schema()),
        **dict(await invitations(ctx)),
        may_set=ctx.can(SETTINGS_MANAGE),
        may_invite=ctx.can(USERS_MANAGE),
    )


def _worded(ctx: Context, schema: dict[str, Any]) -> dict[str, Any]:
    """The fields of a form in the reader's language."""
    say = call_of(ctx).t
    for part in schema["properties"].values():
        part |= {word: say(part[word]) for word in ("title", "description") if word in part}
    return schema


async def policy(ctx: Context) -> PasswordPolicy:
    """What this tenant asks of passwords."""
    store = call_of(ctx).services.settings_store
    return await store.get(ctx.tenant.id, OWN_KEY, PasswordPolicy)


async def set_policy(ctx: Context, wanted: PasswordPolicy) -> PasswordPolicy:
    """Asks something else of passwords from now on."""
    was, call = await policy(ctx), call_of(ctx)
    if was != wanted:
        await call.services.settings_store.put(call.unit, ctx.tenant.id, OWN_KEY, wanted)
        await ctx.audit(
            "auth.policy_changed",
            "password",
            before=was.model_dump(mode="json"),
            after=wanted.model_dump(mode="json"),
        )
    return wanted


async def invitations(ctx: Context) -> InvitationsOut:
    """How many could be invited, and how many aren't because they sign in elsewhere."""
    found = await ctx.read(UNINVITED, now=ctx.now)
    elsewhere = sum(one.elsewhere for one in found)
    return InvitationsOut(waiting=len(found) - elsewhere, elsewhere=elsewhere)


async def invite_all(ctx: Context, letters: AccountLetters) -> InvitationsOut:
    """Invites everybody who could be and doesn't sign in elsewhere, by jobs."""
    found = await ctx.read(UNINVITED, now=ctx.now)
    people = [one.id for one in found if not one.elsewhere]
    if people:
        await letters.invite_all(ctx, people)
        await ctx.audit("auth.invited_all", "password", after={"people": len(people)})
    return InvitationsOut(waiting=len(people), elsewhere=len(found) - len(people))


async def invite(ctx: Context, letters: AccountLetters, user_id: UUID) -> None:
    """Invites one person, with or without a password so far."""
    found = await person(ctx, user_id)
    if not found.active or not found.email:
        raise NotInvitable
    await letters.invite_all(ctx, [user_id])


async def require_new_password(ctx: Context, user_id: UUID) -> None:
    """Has a person choose another password at their next sign-in; their sessions go on."""
    if not (await person(ctx, user_id)).has_password:
        raise NoPassword
    await ctx.db.execute(
        sa.update(Person).where(col(Person.id) == user_id).values(must_change_password=True)
    )
    await ctx.audit("auth.new_password_required", f"person:{user_id}")


async def person(ctx: Context, user_id: UUID) -> PersonSignIn:
    """How a person signs in; raises UserNotFound."""
    for found in await ctx.read(STANDING, id=user_id):
        return PersonSignIn(
            id=user_id,
            name=found.name,
            username=found.username,
            email=found.email,
            active=found.state == "active",
            has_password=found.password_hash is not None,
            must_change_password=found.must_change_password,
        )
    raise UserNotFound
