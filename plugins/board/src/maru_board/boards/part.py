"""The boards themselves: what there is of them, and who makes and changes them."""

from maru_board.boards import moderators
from maru_board.boards.commands import board_commands
from maru_board.boards.jobs import purge_board
from maru_board.boards.pages import PAGES
from maru_board.boards.routes import ROUTES
from maru_sdk import Part

boards = Part(
    routes=ROUTES,
    pages=[*PAGES, *moderators.PAGES],
    jobs=[purge_board],
    fills=[board_commands],
)
