"""`/api/v1/admin/addresses`."""

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.addresses import service
from maru.admin.addresses.lists import AddressLists
from maru_sdk import Context, get, put


@get("/addresses", needs=SETTINGS_MANAGE, no_store="who changes lists starts from those in force")
async def addresses(ctx: Context) -> AddressLists:
    """From which networks the admin area may be used; none named: from everywhere."""
    return await service.kept(ctx)


@put("/addresses", needs=SETTINGS_MANAGE)
async def change_addresses(ctx: Context, body: AddressLists) -> AddressLists:
    """Sets both lists; every process works by them within two seconds."""
    return await service.changed(ctx, body)


ROUTES = (addresses, change_addresses)
