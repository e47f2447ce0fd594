"""`/admin/second-factor`."""

from maru.access.permissions import SIGN_IN_MANAGE
from maru.admin.factors import service
from maru.admin.factors.schemas import Requirement, RequirementView
from maru_sdk import Context, Redirect, action, page
from maru_sdk.declarations import ActionDeclaration, PageDeclaration

HERE = "/admin/second-factor"


@page(
    "/second-factor",
    title="Two-step sign-in",
    needs=SIGN_IN_MANAGE,
    template="maru/admin/second_factor.html",
)
async def second_factor(ctx: Context) -> RequirementView:
    """Who must have a second factor."""
    return await service.view(ctx)


@action("/second-factor", needs=SIGN_IN_MANAGE, again=second_factor)
async def change_requirement(ctx: Context, form: Requirement) -> Redirect:
    """Stores the choice."""
    await service.change(ctx, form)
    return Redirect(to=HERE, message=ctx.t("Saved. It counts from everybody's next sign-in."))


PAGES: list[PageDeclaration | ActionDeclaration] = [second_factor, change_requirement]
