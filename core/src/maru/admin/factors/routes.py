"""`/api/v1/admin/second-factor`, and `/users/{id}/factors`."""

from uuid import UUID

from maru.access.permissions import SIGN_IN_MANAGE, USERS_MANAGE
from maru.admin.factors import service
from maru.admin.factors.schemas import Requirement, RequirementOut
from maru.identity.factors.factors import Factors
from maru_sdk import Context, delete, get, put
from maru_sdk.declarations import Route


def factor_routes(factors: Factors) -> list[Route]:
    """Who must have a second factor, and the reset of a person's."""

    @get(
        "/second-factor",
        needs=SIGN_IN_MANAGE,
        no_store="counts people, and administrators look at it while it changes",
    )
    async def requirement(ctx: Context) -> RequirementOut:
        """Who must have a second factor, and how many people have one."""
        return await service.stated(ctx)

    @put("/second-factor", needs=SIGN_IN_MANAGE)
    async def put_requirement(ctx: Context, body: Requirement) -> RequirementOut:
        """Says who must have one; it counts from everybody's next sign-in."""
        await service.change(ctx, body)
        return await service.stated(ctx)

    @delete("/users/{person_id}/factors", needs=USERS_MANAGE)
    async def reset(ctx: Context, person_id: UUID) -> None:
        """Takes all second factors of a person away, whose phone is lost."""
        await service.reset(ctx, factors, person_id)

    return [requirement, put_requirement, reset]
