"""What the pages of rights offer to choose from, in the reader's words."""

from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from maru.access import group_queries
from maru.access.queries import RoleOut
from maru.admin.rights import queries
from maru.admin.rights.queries import DepartmentFound, PersonFound
from maru.admin.rights.schemas import Option, RoleLine, Tab
from maru.admin.service import call_of
from maru.identity.sign_in import fold
from maru.plugins.accessing import role_title
from maru_sdk import Context

HERE = "/admin/rights"
SHOWN = 12
_TABS: Mapping[str, str] = {
    "": "Roles",
    "/grants": "Who has what",
    "/groups": "Groups",
    "/why": "Why?",
}


def tabs(ctx: Context, active: str) -> list[Tab]:
    """The pages of rights, one of them being shown."""
    say = call_of(ctx).t
    return [
        Tab(title=say(title), url=HERE + path, active=path == active)
        for path, title in _TABS.items()
    ]


def role_name(ctx: Context, key: str, name: str) -> str:
    """A role as the reader knows it."""
    return role_title(call_of(ctx), key, name)


def role_line(ctx: Context, role: RoleOut) -> RoleLine:
    """A role with the name that the reader knows."""
    return RoleLine(**role.model_dump(), shown=role_name(ctx, role.key, role.name))


def role_options(ctx: Context, roles: Iterable[RoleOut]) -> list[Option]:
    """Roles to choose from."""
    return [Option(value=str(one.id), title=role_name(ctx, one.key, one.name)) for one in roles]


async def people(ctx: Context, q: str) -> list[PersonFound]:
    """People whose name, its initial consonants, or user name begins with `q`, the active first."""
    sought = " ".join(q.replace("\0", "").split())
    if not sought:
        return []
    consonants = sought.replace(" ", "").casefold()
    return list(
        await ctx.read(
            queries.PEOPLE, q=sought, initials=consonants, username=fold(sought), most=SHOWN
        )
    )


async def departments(ctx: Context) -> list[Option]:
    """All departments, those below others indented beneath them."""
    below: dict[UUID | None, list[DepartmentFound]] = {}
    for one in await ctx.read(queries.DEPARTMENTS):
        below.setdefault(one.parent_id, []).append(one)
    return list(_walked(below, None, 0))


def _walked(
    below: Mapping[UUID | None, list[DepartmentFound]], top: UUID | None, depth: int
) -> Iterator[Option]:
    for one in below.get(top, ()):
        yield Option(value=str(one.id), title="\u2003" * depth + one.name)
        yield from _walked(below, one.id, depth + 1)


async def groups(ctx: Context, but: Iterable[UUID] = ()) -> list[Option]:
    """All groups but these; a provider's says whose it is."""
    found, left_out = await ctx.read(group_queries.ALL), set(but)
    return [
        Option(value=str(one.id), title=f"{one.name} ({one.source})" if one.source else one.name)
        for one in found
        if one.id not in left_out
    ]
