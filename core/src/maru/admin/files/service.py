"""Reads and changes a tenant's limits of files."""

import re
from typing import Final

from maru.admin.service import call_of
from maru.files.limits import KEY, FileLimits
from maru_sdk import Context, InvalidInput

_EXTENSION: Final = re.compile(r"\.?[A-Za-z0-9]{1,12}")


async def kept(ctx: Context) -> FileLimits:
    """The tenant's limits."""
    return await call_of(ctx).services.settings_store.get(ctx.tenant.id, KEY, FileLimits)


async def changed(ctx: Context, given: FileLimits) -> FileLimits:
    """Stores other limits; raises InvalidInput for what is no extension."""
    call, before = call_of(ctx), await kept(ctx)
    wrong = [one for one in given.refused if one.strip() and not _EXTENSION.fullmatch(one.strip())]
    if wrong:
        message = call.t("{type} is no file type such as exe", type=wrong[0][:40])
        raise InvalidInput(fields=[{"path": "refused", "code": "type", "message": message}])
    new = FileLimits(largest_mb=given.largest_mb, refused=sorted(given.extensions - {""}))
    if new != before:
        await call.services.settings_store.put(call.unit, ctx.tenant.id, KEY, new)
        old = before.model_dump(mode="json")
        await ctx.audit("file_limits.changed", "admin", before=old, after=new.model_dump())
    return new
