"""A tenant's word on second factors, and the way out for who has lost theirs."""

from uuid import UUID

import sqlalchemy as sa

from maru.access.models import Role
from maru.account.service import call_of, origin_of
from maru.admin.factors.schemas import RequirementOut, RequirementView, RoleChoice
from maru.identity.errors import UserNotFound
from maru.identity.factors.factors import Factors
from maru.identity.factors.requirement import Requirement, coverage, require, required
from maru_sdk import Context, InvalidInput
from maru_sdk.db import col


async def stated(ctx: Context) -> RequirementOut:
    """Who must have one, and how far the tenant is."""
    unit = call_of(ctx).unit
    word, far = await required(unit), await coverage(unit)
    return RequirementOut(**word.model_dump(), people=far.people, covered=far.covered)


async def view(ctx: Context) -> RequirementView:
    """The same for the page, with the roles that there are."""
    word = await stated(ctx)
    rows = await ctx.db.execute(
        sa.select(col(Role.key), col(Role.name)).order_by(col(Role.rank), col(Role.key))
    )
    roles = [
        RoleChoice(key=row.key, name=ctx.t(row.name), chosen=row.key in word.roles) for row in rows
    ]
    return RequirementView(who=word.who, roles=roles, people=word.people, covered=word.covered)


async def change(ctx: Context, word: Requirement) -> None:
    """Keeps the word; raises InvalidInput for a role that there isn't, or for none."""
    found = await ctx.db.scalars(sa.select(col(Role.key)).where(col(Role.key).in_(word.roles)))
    unknown = set(word.roles) - set(found)
    if unknown or (word.who == "roles" and not word.roles):
        said = ctx.t("Choose at least one of the roles that there are")
        raise InvalidInput(fields=[{"path": "roles", "code": "value_error", "message": said}])
    unit = call_of(ctx).unit
    before = await required(unit)
    await require(unit, word)
    await ctx.audit(
        "auth.factor_requirement",
        "settings:second_factor",
        before=before.model_dump(),
        after=word.model_dump(),
    )


async def reset(ctx: Context, factors: Factors, person_id: UUID) -> None:
    """Takes all factors of a person away; raises UserNotFound."""
    if await call_of(ctx).services.people.user(ctx.tenant.id, person_id) is None:
        raise UserNotFound
    actor = origin_of(ctx).actor(ctx.me.id, "admin")
    await factors.reset(call_of(ctx).unit, person_id, actor)
