"""The kinds of boards: its own, which are always there, and those that plugins bring."""

from maru_board.api import AskKinds, BoardKind, board_kinds
from maru_board.errors import BoardKindUnknown
from maru_sdk import Context


def own_kinds(ctx: Context) -> list[BoardKind]:
    """Normal boards, notices, questions, pictures, and boards without names."""
    return [
        BoardKind(key="normal", title=ctx.t("Everybody writes")),
        BoardKind(key="notice", title=ctx.t("Only moderators write"), moderators_write=True),
        BoardKind(key="question", title=ctx.t("Questions and answers"), takes_answers=True),
        BoardKind(key="gallery", title=ctx.t("Gallery"), view="gallery"),
        BoardKind(key="anonymous", title=ctx.t("Anonymous"), is_anonymous=True),
    ]


async def kinds(ctx: Context) -> dict[str, BoardKind]:
    """All kinds that there are now, by their keys; its own stay its own."""
    answers = await ctx.collect(board_kinds, AskKinds())
    own = {kind.key: kind for kind in own_kinds(ctx)}
    brought = (kind for answer in answers for kind in answer.kinds)
    return own | {kind.key: kind for kind in brought if kind.key not in own}


async def kind_of(ctx: Context, key: str) -> BoardKind:
    """One kind; BoardKindUnknown where nobody brings it."""
    found = (await kinds(ctx)).get(key)
    if found is None:
        raise BoardKindUnknown(kind=key)
    return found
