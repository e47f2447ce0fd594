"""`/api/v1/admin/users/imports`: lists of people, looked at before they are applied."""

from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Base64Bytes, Field, StringConstraints

from maru.access.permissions import USERS_MANAGE
from maru.admin.people.routes import OWN_CHANGES
from maru.identity.models import PeopleImport
from maru.organization.importing import applying
from maru.organization.importing.applying import Applied, plan_of
from maru.organization.importing.plan import Change, Difference, Fault, Plan, beginnings
from maru.organization.importing.sheet import MOST_BYTES
from maru_sdk import Context, InvalidInput, Model, delete, get, post

ENCODED = MOST_BYTES * 4 // 3 + 10_000
SHOWN = 100


class ListIn(Model):
    """A file, as it is, in base64: CSV (UTF-8 or CP949) or an Excel workbook (xlsx)."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    content: Base64Bytes = Field(repr=False)


class FaultOut(Model):
    """What is wrong in a cell: its row as the spreadsheet counts, and its column's name."""

    row: int
    column: str
    code: str
    message: str


class PersonDone(Model):
    """What a row does to a person."""

    row: int
    username: str
    name: str
    differences: list[Difference]


class ListOut(Model):
    """A list: what applying it would change. `digest` stands for what is shown; the first hundred
    of everything are. Once it is applied, `applied` says what came of it."""

    id: UUID
    file_name: str
    new: int
    changed: int
    unchanged: int
    faults: int
    ignored_columns: list[str]
    first_new: list[PersonDone]
    first_changed: list[PersonDone]
    first_faults: list[FaultOut]
    digest: str
    job_id: UUID | None
    applied: Applied | None


class Confirm(Model):
    """What was looked at, and may be applied."""

    digest: Annotated[str, StringConstraints(max_length=64)]


class Begun(Model):
    """The job that applies a list: `GET /api/v1/jobs/{id}` says how it gets on."""

    job_id: UUID
    state: Literal["waiting"] = "waiting"


@post("/users/imports", needs=USERS_MANAGE, body_limit=ENCODED)
async def upload_list(ctx: Context, body: ListIn) -> ListOut:
    """Reads a list of people and says what applying it would change; nothing is changed yet."""
    if len(body.content) > MOST_BYTES:
        raise InvalidInput("A file of at most {megabytes} MB, please", megabytes=10)
    list_id = await applying.uploaded(ctx, body.name, body.content)
    return await shown(ctx, list_id)


@get("/users/imports/{list_id}", needs=USERS_MANAGE, no_store=OWN_CHANGES)
async def one_list(ctx: Context, list_id: UUID) -> ListOut:
    """What applying a list would change as things stand now, or what came of it."""
    return await shown(ctx, list_id)


@post("/users/imports/{list_id}/apply", needs=USERS_MANAGE, status=202)
async def apply(ctx: Context, list_id: UUID, body: Confirm) -> Begun:
    """Has a list applied as it was shown: all of it, or nothing. No password is made for anybody:
    invitations are a step of their own."""
    return Begun(job_id=await applying.confirmed(ctx, list_id, body.digest))


@delete("/users/imports/{list_id}", needs=USERS_MANAGE)
async def give_up(ctx: Context, list_id: UUID) -> None:
    """Forgets a list. One that is being applied is stopped, and nothing of it is kept."""
    await applying.given_up(ctx, list_id)


async def shown(ctx: Context, list_id: UUID) -> ListOut:
    """A list as the API shows it."""
    found = await applying.list_of(ctx, list_id)
    if found.applied_at is not None:
        return _applied(found)
    plan = await plan_of(ctx, found)
    return ListOut(
        id=found.id,
        file_name=found.file_name,
        new=len(plan.new),
        changed=len(plan.changed),
        unchanged=plan.unchanged,
        faults=len(plan.faults),
        ignored_columns=plan.ignored,
        first_new=_people(plan.new, lambda one: beginnings(plan, one)),
        first_changed=_people(plan.changed, lambda one: one.differences),
        first_faults=faults_of(ctx, plan),
        digest=plan.digest,
        job_id=found.job_id,
        applied=None,
    )


def faults_of(ctx: Context, plan: Plan) -> list[FaultOut]:
    """The first faults in the reader's language."""
    return [_worded(ctx, fault) for fault in plan.faults[:SHOWN]]


def _worded(ctx: Context, fault: Fault) -> FaultOut:
    said = ctx.t(fault.message, **fault.args)
    return FaultOut(row=fault.row, column=fault.column, code=fault.code, message=said)


def _people(changes: list[Change], told: Callable[[Change], list[Difference]]) -> list[PersonDone]:
    return [
        PersonDone(row=one.row, username=one.username, name=one.name, differences=told(one))
        for one in changes[:SHOWN]
    ]


def _applied(found: PeopleImport) -> ListOut:
    done = Applied.model_validate(found.summary)
    return ListOut(
        id=found.id,
        file_name=found.file_name,
        new=done.created,
        changed=done.changed,
        unchanged=done.unchanged,
        faults=0,
        ignored_columns=[],
        first_new=[],
        first_changed=[],
        first_faults=[],
        digest="",
        job_id=found.job_id,
        applied=done,
    )


ROUTES = (upload_list, one_list, apply, give_up)
