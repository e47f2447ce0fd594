"""Who may do what on a board, as its settings show it."""

from collections.abc import Iterable
from typing import Any

from maru_board.access.schemas import GiveForm
from maru_board.permissions import COMMENT, MODERATE, READ, WRITE
from maru_board.schemas import BoardOut
from maru_sdk import Context, Model, PageParams
from maru_sdk.access import Given, Permitting

ON_PAGE = 50
MOST_PAGES = 1_000_000


class Line(Model):
    """A role that counts on the board, or somebody who was named for it, and what they may.
    `given` is what can be taken back, absent for roles."""

    title: str
    rights: list[str]
    given: Given | None = None
    is_over: bool = False


class BoardAccess(Model):
    """Who may do what on a board."""

    is_private: bool
    everywhere: list[Line]
    named: list[Line]
    page: int
    pages: int
    give_schema: dict[str, Any]


async def access_to(ctx: Context, board: BoardOut, page: int) -> BoardAccess:
    """By roles that count on every board unless this one is private, and by name."""
    is_private = await ctx.is_private(board)
    roles: Iterable[Permitting] = () if is_private else await ctx.access.roles()
    page = min(max(page, 1), MOST_PAGES)
    found = await ctx.access.given(board, PageParams(page=page, limit=ON_PAGE))
    everywhere = [Line(title=one.title, rights=_rights(ctx, one)) for one in roles]
    return BoardAccess(
        is_private=is_private,
        everywhere=[one for one in everywhere if one.rights],
        named=[_named(ctx, one) for one in found],
        page=page,
        pages=found.pagination["totalPages"] or 1,
        give_schema=await _give_schema(ctx),
    )


def _named(ctx: Context, one: Given) -> Line:
    is_over = one.until is not None and one.until <= ctx.now
    return Line(title=one.name, rights=_rights(ctx, one), given=one, is_over=is_over)


def _rights(ctx: Context, one: Permitting) -> list[str]:
    said = {
        READ: ctx.t("Read"),
        COMMENT: ctx.t("Comment"),
        WRITE: ctx.t("Write"),
        MODERATE: ctx.t("Moderate"),
    }
    return [text for right, text in said.items() if right.name in one.permits]


async def _give_schema(ctx: Context) -> dict[str, Any]:
    """What `fields_of` draws: the groups that there are now, and no field where there are none."""
    schema = GiveForm.model_json_schema()
    groups = {str(key): name for key, name in (await ctx.access.groups()).items()}
    if groups:
        schema["properties"]["groups"] |= {"items": {"enum": [*groups]}, "x-names": groups}
    else:
        del schema["properties"]["groups"]
    return schema
