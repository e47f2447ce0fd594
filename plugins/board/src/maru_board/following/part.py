"""What following adds to the boards."""

from maru_board.following.listeners import LISTENERS
from maru_board.following.notifications import NOTIFICATIONS
from maru_board.following.pages import PAGES
from maru_board.following.routes import ROUTES
from maru_sdk import Part

following = Part(routes=ROUTES, pages=PAGES, listeners=LISTENERS, notifications=NOTIFICATIONS)
