"""`/api/v1/admin/files`."""

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.files import service
from maru.files.limits import FileLimits
from maru_sdk import Context, get, put


@get("/files", needs=SETTINGS_MANAGE, no_store="who changes limits starts from those in force")
async def file_limits(ctx: Context) -> FileLimits:
    """How large files may be, and which types aren't taken."""
    return await service.kept(ctx)


@put("/files", needs=SETTINGS_MANAGE)
async def change_file_limits(ctx: Context, body: FileLimits) -> FileLimits:
    """Sets both; what is there already stays."""
    return await service.changed(ctx, body)


ROUTES = (file_limits, change_file_limits)
