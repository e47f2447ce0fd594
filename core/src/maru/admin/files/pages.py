"""`/admin/files`."""

from typing import Any

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.files import service
from maru.admin.service import call_of
from maru.files.limits import FileLimits
from maru_sdk import Context, Model, Redirect, action, page


class LimitsView(Model):
    """The page: the form as it stands."""

    form_schema: dict[str, Any]
    start: dict[str, Any]


@page("/files", title="Files", needs=SETTINGS_MANAGE, template="maru/admin/files.html")
async def file_limits(ctx: Context) -> LimitsView:
    """How large files may be, and which types aren't taken."""
    kept = await service.kept(ctx)
    return LimitsView(form_schema=FileLimits.model_json_schema(), start=kept.model_dump())


@action("/files", needs=SETTINGS_MANAGE, again=file_limits)
async def change_file_limits(ctx: Context, form: FileLimits) -> Redirect:
    """Stores the limits."""
    await service.changed(ctx, form)
    return Redirect(to="/admin/files", message=call_of(ctx).t("The settings are saved"))


PAGES = (file_limits, change_file_limits)
