"""Any call can move out of the process: each handler of ours runs from a ContextSeed elsewhere."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from tests.plugins.unfurnished import ACCOUNT, BOARD, NOTIFICATIONS, POINTS, SEARCH

from maru.house import core_plugins
from maru.jobs.catalog import asked
from maru.plugins.registry import PluginHost
from maru_sdk.db import uuid7
from maru_sdk.declarations import Handler
from maru_sdk.testing import Company, Kit

KINDS = ("portlets", "jobs", "schedules", "listeners", "fills")
SAMPLES: dict[str, dict[str, Any]] = {
    "core.tell_many": {
        "notice": str(uuid7()),
        "kind": "core.signed_in_anew",
        "bundle": None,
        "resource": None,
        "department": None,
        "to": {},
    },
    "core.tell_for_isolated": {
        "id": str(uuid7()),
        "plugin": "board",
        "kind": "board.commented",
        "value": {},
        "to": {},
    },
    "core.mail_notice": {"notice": str(uuid7())},
    "core.deliver_notice": {"delivery": str(uuid7())},
    "core.deliver_hook": {"delivery": str(uuid7())},
    "core.send_reset": {"address": "nobody@example.test"},
    "core.send_invitations": {"people": []},
    "core.send_new_device": {
        "person": str(uuid7()),
        "device": "",
        "address": None,
        "at": "2026-01-01T00:00:00Z",
    },
    "core.apply_list": {"list_id": str(uuid7()), "digest": "of nothing"},
    "core.reindex": {"source": "board.posts"},
    "core.hand_over_things": {"source": "board.posts", "ids": []},
    "core.by_letters": {"q": "제목", "sources": ["board.posts"], "until": "2026-01-01T00:00:00Z"},
    "core.take_up": {"plugin": "board"},
    "core.take_up_demo": {"people": 3},
    "board.posts_on_board_post_published": {
        "post_id": str(uuid7()),
        "board_id": str(uuid7()),
        "author_id": str(uuid7()),
        "title": "제목",
        "is_notice": False,
    },
    "board.posts_on_board_post_changed": {"post_id": str(uuid7()), "board_id": str(uuid7())},
    "board.posts_on_board_post_deleted": {"post_id": str(uuid7()), "board_id": str(uuid7())},
    "board.posts_on_board_post_restored": {"post_id": str(uuid7()), "board_id": str(uuid7())},
    "board.posts_on_board_post_moved": {
        "post_id": str(uuid7()),
        "board_id": str(uuid7()),
        "from_id": str(uuid7()),
    },
    "board.posts_on_files_changed": {
        "kind": "board.attachment",
        "on": str(uuid7()),
        "file_id": str(uuid7()),
    },
    "board.tell_of_post": {
        "post_id": str(uuid7()),
        "board_id": str(uuid7()),
        "author_id": None,
        "title": "제목",
        "is_notice": False,
    },
    "board.tell_of_comment": {
        "post_id": str(uuid7()),
        "board_id": str(uuid7()),
        "comment_id": str(uuid7()),
        "author_id": None,
    },
    "board.posts_on_board_board_deleted": {"board_id": str(uuid7())},
    "board.purge_board": {"board_id": str(uuid7())},
    "board.fill_demo": {"people": 3},
    "board.tell_readers": {
        "kind": "board.attachment",
        "on": str(uuid7()),
        "file_id": str(uuid7()),
    },
}

REFUSED = {
    "core.apply_list": "ImportNotFound",
    "core.tell_for_isolated": "declares no notification",
}
"""What a handler says to its sample in its own words: it has run as far as to say so."""


def handlers() -> Iterator[tuple[str, str, str, Handler]]:
    """Everything of ours that a worker or another machine may be asked to run."""
    host = PluginHost.load(core_plugins(ACCOUNT, POINTS, BOARD, SEARCH, NOTIFICATIONS), strict=True)
    for kind in KINDS:
        for installed, declaration in host.declared(kind):
            yield installed.key, kind, declaration.name, declaration.function


OURS = list(handlers())


@pytest.fixture(scope="session")
def plugin_key() -> str:
    return "board"


def test_there_is_something_to_run() -> None:
    names = {name for _, _, name, _ in OURS}
    assert {"board.recent_posts", "board.purge_board", "core.organization"} <= names


@pytest.mark.parametrize(("key", "kind", "name", "function"), OURS, ids=[o[2] for o in OURS])
async def test_it_runs_from_a_seed_in_another_process(
    maru: Kit, company: Company, key: str, kind: str, name: str, function: Handler
) -> None:
    async with company.context() as ctx:
        seed = ctx.seed.model_copy(update={"plugin": key})
    wanted = asked(function)
    ask = None if wanted is None else orjson.dumps(sample(name, wanted)).decode()
    if name in REFUSED:
        with pytest.raises(RuntimeError, match=REFUSED[name]):
            maru.run_apart(seed, kind, name, ask)
        return
    answer = maru.run_apart(seed, kind, name, ask)
    assert answer == "null" or orjson.loads(answer)


def sample(name: str, wanted: type) -> dict[str, Any]:
    """Something to ask; a handler whose question has no defaults needs a line in SAMPLES."""
    return SAMPLES.get(name) or wanted().model_dump(mode="json")
