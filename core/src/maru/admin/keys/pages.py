"""`/admin/data-keys`."""

from datetime import datetime

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.keys import service
from maru.admin.keys.queries import DataKeyOut, Resealing
from maru.admin.service import call_of
from maru_sdk import Context, Model, Redirect, action, page

HERE = "/admin/data-keys"


class DataKeysView(Model):
    """The page of data keys."""

    keys: list[DataKeyOut]
    runs: list[Resealing]
    now: datetime


@page("/data-keys", title="Data keys", needs=SETTINGS_MANAGE, template="maru/admin/data_keys.html")
async def data_keys(ctx: Context) -> DataKeysView:
    """Which key seals the tenant's secrets, since when, and how a change gets on."""
    keys, runs = await service.listed(ctx), await service.runs(ctx)
    return DataKeysView(keys=keys, runs=runs, now=ctx.now)


@action("/data-keys/rotate", needs=SETTINGS_MANAGE)
async def rotate(ctx: Context) -> Redirect:
    """The button of the page."""
    await service.rotated(ctx)
    say = call_of(ctx).t
    return Redirect(to=HERE, message=say("A new key is in use; everything is being sealed anew"))


PAGES = (data_keys, rotate)
