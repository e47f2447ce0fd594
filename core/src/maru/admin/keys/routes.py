"""`/api/v1/admin/data-keys`."""

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.keys import service
from maru.admin.keys.queries import DataKeyOut
from maru.admin.keys.service import RotatedOut
from maru_sdk import Context, get, post


@get("/data-keys", needs=SETTINGS_MANAGE, no_store="it says which key is in use now")
async def data_keys(ctx: Context) -> list[DataKeyOut]:
    """The tenant's data keys, of which nothing is shown but when they were used."""
    return await service.listed(ctx)


@post("/data-keys/rotate", needs=SETTINGS_MANAGE, status=202)
async def rotate(ctx: Context) -> RotatedOut:
    """Makes a new data key; a job seals every secret of the tenant anew under it."""
    return await service.rotated(ctx)


ROUTES = (data_keys, rotate)
