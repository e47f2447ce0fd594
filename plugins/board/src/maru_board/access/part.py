"""What the rights on single boards add."""

from maru_board.access.pages import PAGES
from maru_board.access.routes import ROUTES
from maru_sdk import Part

access = Part(routes=ROUTES, pages=PAGES)
