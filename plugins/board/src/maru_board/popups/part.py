"""What pop-ups add to the boards."""

from maru_board.popups.pages import PAGES
from maru_board.popups.routes import ROUTES
from maru_board.popups.shown import board_popups
from maru_sdk import Part

popups = Part(routes=ROUTES, pages=PAGES, fills=[board_popups])
