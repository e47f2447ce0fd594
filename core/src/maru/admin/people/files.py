"""`/admin/people/import` and the files: lists that are uploaded, looked at and applied, the
template of one, and everybody as one."""

from typing import Final
from uuid import UUID

from maru.access.permissions import USERS_MANAGE
from maru.admin.people.lists import SHOWN, shown
from maru.admin.people.pages import HERE
from maru.admin.people.schemas import ConfirmForm, ListView, UploadForm, UploadView
from maru.api.exchange import Answer
from maru.jobs.desk import JOB
from maru.organization.departments import tree_of
from maru.organization.importing import applying, export
from maru.organization.importing.columns import COLUMNS
from maru.organization.importing.plan import Difference
from maru.organization.importing.sheet import MOST_BYTES, MOST_ROWS
from maru.organization.queries import EVERYBODY
from maru_sdk import Context, InvalidInput, Redirect, action, get, page

LISTS: Final = f"{HERE}/import"
ROOM: Final = 20_000  # what a form has around its file
_CSV: Final = b"text/csv; charset=utf-8"


@page("/people/import", title="Upload a list", needs=USERS_MANAGE,
      template="maru/admin/organization/upload.html")  # fmt: skip
async def upload_page(ctx: Context) -> UploadView:
    """Where a list is uploaded."""
    return UploadView(
        columns=[[ctx.t(column.title), ", ".join(column.names)] for column in COLUMNS],
        megabytes=MOST_BYTES // 1_000_000,
        rows=MOST_ROWS,
    )


@action("/people/import", needs=USERS_MANAGE, again=upload_page, body_limit=MOST_BYTES + ROOM)
async def upload(ctx: Context, form: UploadForm) -> Redirect:
    """Reads a list; nothing is changed yet."""
    try:
        list_id = await applying.uploaded(ctx, form.file.name, form.file.content)
    except InvalidInput as error:
        said = ctx.t(error.text, **error.details)
        fault = {"path": "file", "code": error.code, "message": said}
        raise InvalidInput(fields=[fault]) from None
    return Redirect(to=f"{LISTS}/{list_id}")


@page("/people/import/{list_id}", title="Upload a list", needs=USERS_MANAGE,
      template="maru/admin/organization/list.html")  # fmt: skip
async def look(ctx: Context, list_id: UUID) -> ListView:
    """What applying a list would change, how far it is, or what came of it."""
    found = await shown(ctx, list_id)
    state, error, done, total = await _job(ctx, found.job_id)
    step = _step(found.applied is not None, state, found.faults, found.new + found.changed)
    for one in (*found.first_new, *found.first_changed):
        one.differences = [_titled(ctx, each) for each in one.differences]
    return ListView(
        **found.model_dump(exclude={"ignored_columns"}),
        ignored=found.ignored_columns,
        shown=SHOWN,
        job_state=state,
        job_error=error,
        done=done,
        total=total,
        step=step,
    )


@action("/people/import/{list_id}/apply", needs=USERS_MANAGE, again=look)
async def apply(ctx: Context, list_id: UUID, form: ConfirmForm) -> Redirect:
    """Has a list applied as it was shown."""
    try:
        await applying.confirmed(ctx, list_id, form.digest)
    except InvalidInput as error:
        raise InvalidInput(ctx.t(error.text)) from None
    return Redirect(to=f"{LISTS}/{list_id}")


@action("/people/import/{list_id}/give-up", needs=USERS_MANAGE)
async def give_up(ctx: Context, list_id: UUID) -> Redirect:
    """Forgets a list; one that is being applied is stopped, and nothing of it is kept."""
    await applying.given_up(ctx, list_id)
    return Redirect(to=LISTS, message=ctx.t("The list is given up; nothing was changed"))


@get("/users/template", needs=USERS_MANAGE, no_store="a file to fill")
async def template(ctx: Context) -> Answer:
    """An empty list to fill."""
    return _file("people-template.csv", export.template(_titles(ctx)))


@get("/users/export", needs=USERS_MANAGE, no_store="everybody as they are now, audited")
async def export_people(ctx: Context) -> Answer:
    """Everybody who is active, as a list that can be uploaded again."""
    found = list(await ctx.read(EVERYBODY))
    tree = await tree_of(ctx)
    paths = {each: "/".join(tree.rows[a].name for a in tree.above(each)) for each in tree.rows}
    content = await ctx.run(export.sheet_of, found, paths, _titles(ctx))
    await ctx.audit("people.exported", "people", after={"people": len(found)})
    return _file("people.csv", content)


def _file(name: str, content: bytes) -> Answer:
    sent = f'attachment; filename="{name}"'.encode()
    return Answer(200, content, _CSV, [(b"content-disposition", sent)])


def _titles(ctx: Context) -> list[str]:
    return [ctx.t(column.title) for column in COLUMNS]


def _titled(ctx: Context, difference: Difference) -> Difference:
    told = {"title": ctx.t(difference.title)}
    if difference.field == "state":
        words = {"active": ctx.t("Active"), "inactive": ctx.t("Deactivated")}
        told |= {
            "before": words.get(difference.before, ""),
            "after": words.get(difference.after, ""),
        }
    return difference.model_copy(update=told)


async def _job(ctx: Context, job_id: UUID | None) -> tuple[str, str, int, int]:
    if job_id is not None:
        for job in await ctx.read(JOB, job=job_id):
            progress = job.progress or {}
            done, total = int(progress.get("done") or 0), int(progress.get("total") or 0)
            return job.state, (job.error or "").partition(":")[0], done, total
    return "", "", 0, 0


def _step(applied: bool, state: str, faults: int, changes: int) -> str:
    if applied:
        return "applied"
    if state in ("waiting", "held", "parked", "running"):
        return "running"
    if state in ("dead", "failed"):
        return "failed"
    if faults:
        return "faults"
    return "look" if changes else "nothing"


PAGES = (upload_page, upload, look, apply, give_up)
ROUTES = (template, export_people)
