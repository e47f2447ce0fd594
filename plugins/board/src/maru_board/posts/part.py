"""The posts: written, read, changed, moved, published at their time."""

from maru_board.posts import moderation
from maru_board.posts.jobs import publish_due
from maru_board.posts.notifications import NOTIFICATIONS
from maru_board.posts.pages import PAGES
from maru_board.posts.routes import ROUTES
from maru_sdk import Part

posts = Part(
    routes=[*ROUTES, *moderation.ROUTES],
    pages=[*PAGES, *moderation.PAGES],
    schedules=[publish_due],
    notifications=NOTIFICATIONS,
)
