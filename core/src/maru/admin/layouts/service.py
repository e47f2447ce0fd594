"""What admins do with the layouts of the tenant and of roles."""

from dataclasses import replace
from uuid import UUID

from maru.access.queries import ROLES_SHOWN, RoleOut
from maru.admin.layouts.queries import (
    EVERYBODY,
    HOLDERS,
    LAYERS,
    LayerState,
    Reached,
)
from maru.admin.layouts.schemas import LayerOut, Published
from maru.admin.rights.choices import role_name
from maru.admin.service import call_of
from maru.identity.errors import UserNotFound
from maru.identity.queries import CREDENTIALS
from maru.identity.sign_in import fold
from maru.plugins.context import Call
from maru.portal import keeping
from maru.portal.desks import TENANT, Desk, Seen, scope_desk, seen
from maru.portal.layers import layer_from
from maru.portal.routes import history_out
from maru.portal.schemas import RevisionOut
from maru_sdk import Context, InvalidInput


async def layers(ctx: Context) -> list[LayerOut]:
    """The tenant's layer, then those of roles in the order in which they count."""
    states = {row.owner_id: row for row in await ctx.read(LAYERS)}
    roles = sorted(await ctx.read(ROLES_SHOWN), key=lambda role: (role.rank, role.key))
    found = [_layer(ctx, TENANT, None, states.get(ctx.tenant.id), await _reach(ctx, None))]
    for role in roles:
        reached = await _reach(ctx, role.id)
        found.append(_layer(ctx, str(role.id), role, states.get(role.id), reached))
    return found


async def one_layer(ctx: Context, scope: str) -> LayerOut:
    """One of them."""
    return next(one for one in await layers(ctx) if one.scope == scope)


def _layer(
    ctx: Context, scope: str, role: RoleOut | None, state: LayerState | None, reached: Reached
) -> LayerOut:
    name = ctx.tenant.name if role is None else role_name(ctx, role.key, role.name)
    return LayerOut(
        scope=scope,
        name=name,
        is_published=state is not None and state.is_published,
        is_draft=state is not None and state.draft is not None,
        is_damaged=state is not None and is_damaged(state.differences, state.draft),
        people=reached.people,
        arranged=reached.arranged,
    )


def is_damaged(*stored: object) -> bool:
    """Whether one of a layer's states can't be read."""
    return any(one is not None and layer_from(one) is None for one in stored)


async def _reach(ctx: Context, role: UUID | None) -> Reached:
    if role is None:
        return (await ctx.read(EVERYBODY))[0]
    return (await ctx.read(HOLDERS, role=role))[0]


async def reach(ctx: Context, desk: Desk) -> Reached:
    """How many people see the layer."""
    return await _reach(ctx, desk.owner if desk.kind == "role" else None)


async def publish(ctx: Context, scope: str) -> Published:
    """Publishes the draft, and says so in the audit trail."""
    desk = await scope_desk(call_of(ctx), scope)
    changed = await keeping.publish(desk)
    reached = await reach(ctx, desk)
    if changed:
        await _audit(ctx, "layout.published", scope, people=reached.people)
    return Published(changed=changed, people=reached.people, arranged=reached.arranged)


async def restore(ctx: Context, scope: str, number: int) -> list[RevisionOut]:
    """Goes back to a revision."""
    desk = await scope_desk(call_of(ctx), scope)
    await keeping.restore(desk, number)
    await _audit(ctx, "layout.restored", scope, revision=number)
    return await history_out(desk)


async def undo(ctx: Context, scope: str) -> list[RevisionOut]:
    """Takes the last change back."""
    desk = await scope_desk(call_of(ctx), scope)
    await keeping.undo(desk)
    await _audit(ctx, "layout.undone", scope)
    return await history_out(desk)


async def _audit(ctx: Context, action: str, scope: str, **after: int) -> None:
    await ctx.audit(action, f"layout:{scope}", after=after)


async def person_named(ctx: Context, username: str) -> UUID:
    """Somebody by the name they sign in with."""
    for one in await ctx.read(CREDENTIALS, key=fold(username)):
        return one.id
    raise InvalidInput(UserNotFound.message)


async def as_person(ctx: Context, person_id: UUID) -> tuple[Call, Seen]:
    """The call as somebody else would make it, and the layout that they see. It is for looking at
    the layout: what a portlet shows to one person is nobody else's business."""
    call = call_of(ctx)
    user = await call.services.people.user(call.tenant.id, person_id)
    if user is None:
        raise UserNotFound
    granted = await call.services.rights.granted(call.tenant.id, person_id)
    theirs = replace(call, user=user, granted=granted, _contexts={})
    return theirs, await seen(theirs)
