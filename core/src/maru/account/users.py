"""`/api/v1/users`: the people of the company, and oneself."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from maru.access.permissions import USERS_READ
from maru.account.schemas import Me, MeChange, UserOut
from maru.account.service import call_of, change_me, me_of
from maru.identity.errors import UserNotFound
from maru.identity.people import TAG, People
from maru.identity.queries import ACTIVE_SINCE
from maru.organization.listing import colleagues
from maru.organization.queries import CARD
from maru.organization.schemas import PersonCard
from maru.organization.seeking import sought
from maru_sdk import Context, Page, PageParams, Plugin, get, put
from maru_sdk.operation import metric

Sought = Annotated[str, StringConstraints(max_length=200)]
Asked = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Most = Annotated[int, Field(ge=1, le=100)]
DAY = timedelta(days=1)


def users_plugin(people: People) -> Plugin:
    """The core plugin `users`."""

    @get(
        "/me",
        signed_in=True,
        no_store="rights and switched plugins are in it, which must show at once",
    )
    async def me(ctx: Context) -> Me:
        """The person who is signed in."""
        return await me_of(ctx, ctx.me.id, call_of(ctx).granted)

    @put("/me", signed_in=True)
    async def put_me(ctx: Context, body: MeChange) -> Me:
        """Changes what people may change about themselves; fields left out stay."""
        await change_me(ctx, people, body)
        return await me_of(ctx, ctx.me.id, call_of(ctx).granted)

    @get("", needs=USERS_READ, cache="30s", audience="tenant", tags=(TAG,))
    async def users(
        ctx: Context, page: PageParams, q: Sought = "", department: UUID | None = None
    ) -> Page[UserOut]:
        """The people who work here, by name. `q` is the beginning of a name or its given part, of
        its initial consonants (ㄱㅎㄴ) or a spelling of it in Latin letters, of a user name, a mail
        address, an employee number or a phone number, or of their department's name; `department`
        leaves those who have a post there or below."""
        return await colleagues(ctx, page, q, department)

    @get("/search", needs=USERS_READ, cache="30s", audience="tenant", tags=(TAG,))
    async def search(ctx: Context, q: Asked, limit: Most = 20) -> list[UserOut]:
        """The first people whom `q` may mean; see the list for what it can be."""
        return await sought(ctx, q, limit)

    @get("/{user_id}", needs=USERS_READ, no_store="whoever looks at somebody is in the audit trail")
    async def user(ctx: Context, user_id: UUID) -> PersonCard:
        """One person, with all the posts that they hold."""
        for found in await ctx.read(CARD, id=user_id):
            if user_id != ctx.me.id:
                await ctx.audit("person.viewed", f"person:{user_id}")
            return found
        raise UserNotFound

    @metric("People seen in the last 24 hours")
    async def daily_active_users(ctx: Context) -> float:
        """How many have used a session of theirs."""
        return (await ctx.read(ACTIVE_SINCE, since=ctx.now - DAY))[0].people

    return Plugin(
        title="People",
        icon="users",
        routes=[me, put_me, users, search, user],
        metrics=[daily_active_users],
    )
