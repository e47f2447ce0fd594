"""Crowded rooms are told how many hear, so that their pages take turns in coming back."""

from typing import Any
from uuid import uuid4

import orjson

from maru.observability.metrics import Metrics
from maru.push.frames import Frame
from maru.push.hub import CROWD, Hub
from maru.push.memory import Sent
from maru.push.visitor import Visitor

TENANT = uuid4()


class Page:
    """One open page."""

    def __init__(self) -> None:
        self.visitor = Visitor(TENANT, uuid4(), uuid4(), "이사원", "ko", 0.0)
        self.rooms: dict[str, bool] = {}
        self.heard: list[dict[str, Any]] = []

    def offer(self, frame: Frame) -> bool:
        self.heard.append(orjson.loads(frame.text))
        return True

    def close(self, code: int, reason: str) -> None:
        raise AssertionError(reason)


def heard_by(pages: int, processes: int = 1) -> dict[str, Any]:
    """What one of so many pages hears."""
    hub = Hub(Metrics("test").counter("messages", "Messages.", ("direction",)))
    hub.processes = lambda: processes
    crowd = [Page() for _ in range(pages)]
    for page in crowd:
        hub.arrive(page)
        hub.join(page, "portal", presence=False)
    hub.deliver(Sent((TENANT, "portal"), 1, 1, "id", "portlet", '{"a":1}', 0.0))
    assert all(page.heard == crowd[0].heard for page in crowd)
    return crowd[0].heard[0]


def test_few_hear_nothing_of_it() -> None:
    assert heard_by(CROWD - 1) == {
        "room": "portal",
        "id": "id",
        "event": "portlet",
        "data": {"a": 1},
    }


def test_many_hear_how_many_they_are_over_all_processes() -> None:
    assert heard_by(CROWD)["listeners"] == CROWD
    assert heard_by(CROWD, processes=3)["listeners"] == 3 * CROWD
