"""`/api/v1/admin/users`."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import StringConstraints

from maru.access.permissions import USERS_MANAGE
from maru.organization import people
from maru.organization.listing import everybody
from maru.organization.schemas import PersonChange, PersonIn, PersonLine, PersonOut, State
from maru_sdk import Context, Page, PageParams, delete, get, post, put

Sought = Annotated[str, StringConstraints(max_length=200)]
OWN_CHANGES: Final = "who has just changed something must see it"


@get("/users", needs=USERS_MANAGE, no_store=OWN_CHANGES)
async def users(
    ctx: Context,
    page: PageParams,
    q: Sought = "",
    department: UUID | None = None,
    position: UUID | None = None,
    state: State | None = None,
) -> Page[PersonLine]:
    """Everybody, those who have left among them. `q` is the beginning of a name, of its initial
    consonants or romanisation, of a user name, a mail address or an employee number; `department`
    leaves those who have a post there or below."""
    return await everybody(ctx, page, q, department, position, state)


@get("/users/{user_id}", needs=USERS_MANAGE, no_store=OWN_CHANGES)
async def one_user(ctx: Context, user_id: UUID) -> PersonOut:
    """One person."""
    return await people.one(ctx, user_id)


@post("/users", needs=USERS_MANAGE)
async def create_user(ctx: Context, body: PersonIn) -> PersonOut:
    """A new person. Nobody can sign in as them before they have got a password."""
    return await people.created(ctx, body)


@put("/users/{user_id}", needs=USERS_MANAGE)
async def change_user(ctx: Context, user_id: UUID, body: PersonChange) -> PersonOut:
    """Changes a person; what is left out stays. `state` deactivates, and brings back."""
    return await people.changed(ctx, user_id, body)


@delete("/users/{user_id}", needs=USERS_MANAGE)
async def deactivate_user(ctx: Context, user_id: UUID) -> None:
    """Deactivates a person: all their sessions end, what they did stays."""
    await people.deactivated(ctx, user_id)


ROUTES = (users, one_user, create_user, change_user, deactivate_user)
