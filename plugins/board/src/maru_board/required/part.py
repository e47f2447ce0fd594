"""What required reading adds to the boards."""

from maru_board.api import ReadingConfirmed, ReadingRequired
from maru_board.required.jobs import remind_late
from maru_board.required.notifications import NOTIFICATIONS
from maru_board.required.pages import PAGES
from maru_board.required.portlets import PORTLETS
from maru_board.required.routes import ROUTES
from maru_sdk import Part

required = Part(
    routes=ROUTES,
    pages=PAGES,
    portlets=PORTLETS,
    schedules=[remind_late],
    notifications=NOTIFICATIONS,
    publishes=[ReadingRequired, ReadingConfirmed],
)
