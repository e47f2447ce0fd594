"""The posts: written, read, changed, published at their time."""

from maru_board.posts.jobs import publish_due
from maru_board.posts.pages import PAGES
from maru_board.posts.routes import ROUTES
from maru_sdk import Part

posts = Part(routes=ROUTES, pages=PAGES, schedules=[publish_due])
