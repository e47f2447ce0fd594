"""The lists of a board's posts: by filters, from a day on, as lines or as pictures."""

from maru_board.lists.pages import PAGES
from maru_board.lists.routes import ROUTES
from maru_sdk import Part

lists = Part(routes=ROUTES, pages=PAGES)
