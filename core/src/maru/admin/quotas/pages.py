"""`/admin/quotas`."""

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.quotas.queries import QUOTAS
from maru.admin.quotas.schemas import QuotasOut
from maru_sdk import Context, page


@page("/quotas", title="Quotas", needs=SETTINGS_MANAGE, template="maru/admin/quotas.html")
async def quotas(ctx: Context) -> QuotasOut:
    """What this tenant may have and what it uses."""
    return (await ctx.read(QUOTAS, tenant=ctx.tenant.id))[0]


PAGES = (quotas,)
