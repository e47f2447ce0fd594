"""The kinds of boards that come with it: the first to fill its own point."""

from maru_board.api import AskKinds, BoardKind, BoardKinds, board_kinds
from maru_board.errors import BoardKindUnknown
from maru_sdk import Context


@board_kinds.extend
async def own_kinds(ctx: Context, ask: AskKinds) -> BoardKinds:
    """Normal boards, notices, questions, pictures, and boards without names."""
    return BoardKinds(
        kinds=[
            BoardKind(key="normal", title=ctx.t("Everybody writes")),
            BoardKind(key="notice", title=ctx.t("Only moderators write"), moderators_write=True),
            BoardKind(key="question", title=ctx.t("Questions and answers"), takes_answers=True),
            BoardKind(key="gallery", title=ctx.t("Gallery"), view="gallery"),
            BoardKind(key="anonymous", title=ctx.t("Anonymous"), is_anonymous=True),
        ]
    )


async def kinds(ctx: Context) -> dict[str, BoardKind]:
    """All kinds that there are now, by their keys."""
    answers = await ctx.collect(board_kinds, AskKinds())
    return {kind.key: kind for answer in answers for kind in answer.kinds}


async def kind_of(ctx: Context, key: str) -> BoardKind:
    """One kind; BoardKindUnknown where nobody brings it."""
    found = (await kinds(ctx)).get(key)
    if found is None:
        raise BoardKindUnknown(kind=key)
    return found
