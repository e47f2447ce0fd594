"""What likes add to the boards."""

from maru_board.likes.pages import PAGES
from maru_board.likes.routes import ROUTES
from maru_sdk import Part

likes = Part(routes=ROUTES, pages=PAGES)
