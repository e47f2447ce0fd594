"""The trash: deleted posts lie there for a while, and can be restored."""

from maru_board.trash.jobs import empty_trash, expire_due
from maru_board.trash.pages import PAGES
from maru_board.trash.routes import ROUTES
from maru_sdk import Part

trash = Part(routes=ROUTES, pages=PAGES, schedules=[expire_due, empty_trash])
