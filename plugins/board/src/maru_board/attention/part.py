"""What reading adds to the boards."""

from maru_board.attention.jobs import add_views
from maru_board.attention.pages import PAGES
from maru_board.attention.routes import ROUTES
from maru_sdk import Part

attention = Part(routes=ROUTES, pages=PAGES, schedules=[add_views])
