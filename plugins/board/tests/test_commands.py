"""What board offers in the palette."""

from collections.abc import Sequence
from uuid import UUID

from maru_board.boards import service as board_rules
from maru_board.boards.commands import board_commands
from maru_board.schemas import BoardIn
from maru_sdk import User
from maru_sdk.palette import Sought
from maru_sdk.testing import Company


async def offered(company: Company, actor: User) -> Sequence[str]:
    async with company.context(actor, readonly=True) as ctx:
        return [one.title for one in (await board_commands.function(ctx, Sought())).commands]


async def test_new_posts_where_one_may_write(company: Company, board: UUID) -> None:
    async with company.context() as ctx:
        await board_rules.create_board(ctx, BoardIn(name="공지사항", kind="notice"))
        shut = await board_rules.create_board(ctx, BoardIn(name="지난 게시판"))
        await board_rules.change_board(ctx, shut, BoardIn(name="지난 게시판", is_closed=True))
    assert await offered(company, company.member) == ["자유게시판에 새 글 쓰기"]
    assert set(await offered(company, company.admin)) == {
        "자유게시판에 새 글 쓰기",
        "공지사항에 새 글 쓰기",
        "게시판 관리",
    }
