"""`/api/v1/admin/quotas`."""

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.quotas.queries import QUOTAS
from maru.admin.quotas.schemas import QuotasOut
from maru_sdk import Context, get


@get("/quotas", needs=SETTINGS_MANAGE, no_store="an operator's change must show at once")
async def quotas(ctx: Context) -> QuotasOut:
    """What this tenant may have and what it uses."""
    return (await ctx.read(QUOTAS, tenant=ctx.tenant.id))[0]


ROUTES = (quotas,)
