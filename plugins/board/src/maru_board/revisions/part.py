"""Revisions: what a post said before each of its changes, and how the texts differ."""

from maru_board.revisions.pages import PAGES
from maru_board.revisions.routes import ROUTES
from maru_sdk import Part

revisions = Part(routes=ROUTES, pages=PAGES)
