"""What board offers in the command palette: a new post on each board that one may write on."""

from maru_board.permissions import MANAGE, MODERATE, WRITE
from maru_board.reading import cards
from maru_sdk import Context
from maru_sdk.palette import Command, Commands, Sought, commands


@commands.extend
async def board_commands(ctx: Context, ask: Sought) -> Commands:
    """New posts, and the boards' management for who has it."""
    offered = [
        Command(
            title=ctx.t("New post in {board}", board=board.name),
            url=f"/board/posts/new?board={board.id}",
            icon="pencil",
            keywords=[ctx.t("Write a post")],
        )
        for board in await cards(ctx)
        if board.takes_posts and ctx.can(MODERATE if board.moderators_write else WRITE, on=board)
    ]
    if ctx.can(MANAGE):
        offered.append(Command(title=ctx.t("Manage boards"), url="/board/manage", icon="settings"))
    return Commands(commands=offered)
