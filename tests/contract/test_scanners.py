"""A scanner is asked where its plugin is on, and nowhere else."""

from base64 import b64encode

from maru_guard.mood import MOOD
from maru_kinds.files import paper
from tests.contract.world import Firm, World

from maru_sdk.db import uuid7


async def upload(firm: Firm, name: str) -> str:
    """The address of a file of this name."""
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(len(name)),
        "Upload-Metadata": f"filename {b64encode(name.encode()).decode()}",
        "Content-Type": "application/offset+octet-stream",
    }
    url = f"{paper.upload_url}&on={uuid7()}"
    answer = await firm.admin.post(url, headers=headers, content=name.encode())
    assert answer.status_code == 201, answer.text
    return str(answer.headers["content-location"])


async def test_a_scanner_goes_with_its_plugin_and_comes_back(world: World) -> None:
    ours, theirs = world.ours, world.theirs
    await ours.company.enable("guard")
    MOOD.asked.clear()
    waiting, let_out = await upload(ours, "a.txt"), await upload(theirs, "b.txt")
    assert (await ours.status(waiting), await theirs.status(let_out)) == (409, 200)
    await world.kit.work()
    assert (await ours.status(waiting), MOOD.asked) == (200, ["a.txt"])
    await ours.company.disable("guard")
    assert await ours.status(await upload(ours, "c.txt")) == 200
    await ours.company.enable("guard")
    assert await ours.status(await upload(ours, "d.txt")) == 409
    await ours.company.disable("guard")
    await world.kit.work()
    assert MOOD.asked == ["a.txt"]
