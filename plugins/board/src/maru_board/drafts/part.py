"""Drafts: what people have begun to write, saved while they write it."""

from maru_board.drafts.pages import PAGES
from maru_board.drafts.routes import ROUTES
from maru_sdk import Part

drafts = Part(routes=ROUTES, pages=PAGES)
