"""What the comments add to the boards."""

from maru_board.comments.notifications import NOTIFICATIONS
from maru_board.comments.pages import PAGES
from maru_board.comments.routes import ROUTES
from maru_sdk import Part

comments = Part(routes=ROUTES, pages=PAGES, notifications=NOTIFICATIONS)
