"""The face that board shows: what others grant, link to, listen to and fill."""

import json
from pathlib import Path
from typing import Any

import maru_board
from maru_board import api
from maru_board.errors import BoardClosed, BoardNotEmpty, BoardNotFound, PostNotFound

SOURCE = Path(maru_board.__file__).parent
PARTS = {f"board/{name}.html" for name in ("access", "attention", "lines")}  # in others


def test_face_is_a_table_of_contents() -> None:
    assert (SOURCE / "plugin.py").read_text().count("\n") <= 80
    described = json.loads(json.dumps(maru_board.plugin.describe()))
    names = {kind: len(described[kind]) for kind in ("routes", "portlets", "jobs", "schedules")}
    assert names == {"routes": 49, "portlets": 4, "jobs": 1, "schedules": 5}


def test_permissions_are_a_contract() -> None:
    assert [permission.name for permission in maru_board.plugin.permissions] == [
        "board:post:read",
        "board:post:write",
        "board:comment:write",
        "board:post:moderate",
        "board:post:unseal",
        "board:board:manage",
    ]


def test_events_are_a_contract() -> None:
    declared = maru_board.plugin.declared("publishes")
    events: list[Any] = [one for one in declared if isinstance(one, type)]
    assert {event.name: sorted(event.model_fields) for event in events} == {
        "board.post_published": ["author_id", "board_id", "is_notice", "post_id", "title"],
        "board.post_changed": ["board_id", "post_id"],
        "board.post_deleted": ["board_id", "post_id"],
        "board.post_restored": ["board_id", "post_id"],
        "board.post_moved": ["board_id", "from_id", "post_id"],
        "board.notices_changed": ["board_id", "post_id"],
        "board.comment_written": [
            "author_id",
            "board_id",
            "comment_id",
            "parent_id",
            "post_id",
            "told",
        ],
        "board.board_deleted": ["board_id"],
        "board.reading_required": ["board_id", "due_at", "post_id"],
        "board.reading_confirmed": ["board_id", "person_id", "post_id"],
    }


def test_codes_are_a_contract() -> None:
    codes = [error.code for error in (BoardNotFound, PostNotFound, BoardClosed, BoardNotEmpty)]
    assert codes == ["BOARD_NOT_FOUND", "BOARD_POST_NOT_FOUND", "BOARD_CLOSED", "BOARD_NOT_EMPTY"]


def test_point_is_collected_under_a_deadline() -> None:
    assert (api.related.name, api.related.kind) == ("board.related", "collect")
    assert api.related.deadline.total_seconds() < 0.5


def test_every_page_and_portlet_has_its_template() -> None:
    declared = [*maru_board.plugin.declared("pages"), *maru_board.plugin.declared("portlets")]
    templates = {one.template for one in declared if hasattr(one, "template")}
    assert {str(name) for name in templates if not (SOURCE / "templates" / name).is_file()} == set()
    written = {f"board/{file.name}" for file in (SOURCE / "templates" / "board").iterdir()}
    assert written == templates | PARTS


def test_templates_use_macros_and_no_style_of_their_own() -> None:
    for file in (SOURCE / "templates").rglob("*.html"):
        text = file.read_text()
        assert "hx-" not in text
        assert "style=" not in text
        assert "<style" not in text
        assert "|safe" not in text
