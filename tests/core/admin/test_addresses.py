"""From where a tenant's administration may be used: changed by its admins, who can't lock
themselves out, and in force everywhere within two seconds."""

from collections.abc import AsyncIterator

import pytest
from httpx2 import ASGITransport, AsyncClient
from tests.contract.conftest import world
from tests.contract.world import Firm, World, eventually

from maru.admin.addresses.lists import AddressLists
from maru.admin.addresses.service import changed
from maru.house import open_house
from maru.plugins.context import open_call
from maru_sdk import ContextSeed

__all__ = ["world"]

API, PAGE = "/api/v1/admin/addresses", "/admin/addresses"
HERE = "127.0.0.1"


@pytest.fixture
async def ours(world: World) -> AsyncIterator[Firm]:
    yield world.ours
    seed = ContextSeed(tenant=world.ours.id, plugin="core")
    async with open_call(world.kit.house.services, seed) as call:
        await changed(call.ctx("core"), AddressLists())
    await world.kit.house.signals.poll()


def from_elsewhere(firm: Firm, address: str) -> AsyncClient:
    """The same admin at another address."""
    transport = ASGITransport(firm.company.kit.edge, client=(address, 5000))
    headers = {"authorization": firm.admin.headers["authorization"]}
    return AsyncClient(
        transport=transport, base_url=f"http://{firm.slug}.localhost", headers=headers
    )


async def test_the_administration_alone_is_closed(world: World, ours: Firm) -> None:
    answer = await ours.admin.put(API, json={"allow": [" 127.0.0.1/8 "], "block": ["10.0.0.1"]})
    assert answer.json()["data"] == {"allow": ["127.0.0.0/8"], "block": ["10.0.0.1/32"]}
    assert await ours.data(API) == answer.json()["data"]
    async with from_elsewhere(ours, "192.0.2.1") as away:
        for path in ("/api/v1/admin/plugins", "/admin/plugins", "/admin/kinds", API):
            refused = await away.get(path)
            assert refused.status_code == 403, path
        assert (await away.get(API)).json()["error"]["code"] == "ADDRESS_REFUSED"
        assert (await away.get("/api/v1/users/me")).status_code == 200
        assert (await away.get("/")).status_code == 200
    assert (await world.theirs.admin.get(API)).status_code == 200, "the other company's is open"
    assert (await ours.admin.get("/admin/plugins")).status_code == 200
    (line, *_) = await ours.sql(
        "SELECT after FROM maru.audit WHERE action = 'admin_addresses.changed'"
    )
    assert line.after["allow"] == ["127.0.0.0/8"]


@pytest.mark.parametrize(
    ("given", "field"),
    [({"allow": ["192.0.2.0/24"]}, "allow"), ({"block": ["127.0.0.0/8"]}, "block")],
)
async def test_nobody_locks_themselves_out(
    ours: Firm, given: dict[str, list[str]], field: str
) -> None:
    answer = await ours.admin.put(API, json=given)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "WOULD_LOCK_OUT")
    assert [one["path"] for one in error["details"]["fields"]] == [field]
    assert await ours.data(API) == {"allow": [], "block": []}


async def test_the_page_says_what_is_wrong_at_its_field(ours: Firm) -> None:
    html = (await ours.admin.get(PAGE)).text
    assert HERE in html
    for typed in ("10.0.0.0/99", "192.0.2.0/24"):
        refused = await ours.admin.post(PAGE, data={"allow": typed, "block": ""})
        assert refused.status_code == 422
        assert typed in refused.text
        assert 'aria-invalid="true"' in refused.text
    saved = await ours.admin.post(PAGE, data={"allow": "127.0.0.1\r\n\r\n", "block": "10.0.0.0/8"})
    assert saved.status_code == 303
    assert await ours.data(API) == {"allow": ["127.0.0.1/32"], "block": ["10.0.0.0/8"]}


async def test_it_holds_in_another_process_within_two_seconds(world: World, ours: Firm) -> None:
    async with open_house(world.settings) as other:
        store = other.services.settings_store

        async def permitted() -> bool:
            kept = await store.get(ours.id, "core.addresses", AddressLists)
            return kept.lists.permits("192.0.2.1")

        assert await permitted()
        await ours.admin.put(API, json={"allow": ["127.0.0.1"]})
        await eventually(permitted, False)


async def test_members_don_t_see_it(ours: Firm) -> None:
    assert (await ours.member.get(API)).status_code == 403
