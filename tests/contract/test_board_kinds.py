"""A plugin that needs board brings a kind of boards: through board's point alone."""

from collections.abc import AsyncIterator

import pytest
from tests.engines import Engines, copy_of, settings_for
from tests.plugins.shelf import SDK, Shelf

from maru import testing

API = "/api/v1/board/boards"
IDEAS = """
    from maru_board.api import AskKinds, BoardKind, BoardKinds, board_kinds
    from maru_sdk import Context, Plugin


    @board_kinds.extend
    async def ideas(ctx: Context, ask: AskKinds) -> BoardKinds:
        idea = BoardKind(key="ideas.idea", title="Ideas", view="gallery", takes_answers=True)
        return BoardKinds(kinds=[idea])


    plugin = Plugin(title="Ideas", fills=[ideas])
"""


@pytest.fixture(scope="module")
async def kit(
    engines: Engines, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[testing.TestKit]:
    shelf = Shelf(tmp_path_factory.mktemp("ideas"))
    shelf.add("ideas", IDEAS, needs=[SDK, "maru-board>=1"])
    data = tmp_path_factory.mktemp("data")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(shelf.folder)
        async with (
            copy_of(engines, template) as name,
            testing.kit_on(settings_for(engines, name, data=data)) as made,
        ):
            yield made
    shelf.forget()


async def test_a_board_is_made_of_it_and_outlives_it(kit: testing.TestKit) -> None:
    company = await kit.company("board", "ideas")
    body = {"name": "아이디어", "kind": "ideas.idea"}
    async with company.client(company.admin) as admin:
        assert 'value="ideas.idea"' in (await admin.get("/board/manage")).text
        board = (await admin.post(API, json=body)).json()["data"]
        assert (board["view"], board["takes_answers"]) == ("gallery", True)
        await company.disable("ideas")
        assert 'value="ideas.idea"' not in (await admin.get("/board/manage")).text
        refused = await admin.post(API, json=body)
        assert refused.json()["error"]["code"] == "BOARD_KIND_UNKNOWN"
        kept = await admin.put(f"{API}/{board['id']}", json=body | {"name": "새 이름"})
        assert (kept.json()["data"]["name"], kept.json()["data"]["view"]) == ("새 이름", "gallery")
