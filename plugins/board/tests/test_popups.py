"""Pop-ups: for whom, from when to when, and away for today."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from maru_board.popups import service
from maru_board.popups.models import Popup, PopupHidden
from maru_board.popups.schemas import PopupIn
from maru_sdk.db import role_holders, update
from maru_sdk.testing import Company

API = "/api/v1/board"
A_DAY = timedelta(days=1)


@pytest.fixture
async def post(company: Company, write: Any) -> UUID:
    """A post that pops up for everybody now."""
    found: UUID = await write("정전 안내", by=company.manager, content="<p>토요일 <b>정전</b></p>")
    async with company.context(company.manager) as ctx:
        until = PopupIn(starts_at=ctx.now - A_DAY, ends_at=ctx.now + A_DAY)
        await service.show(ctx, found, until)
    return found


async def shown(client: Any) -> list[str]:
    return [one["title"] for one in (await client.get(f"{API}/popups")).json()["data"]]


async def test_pops_up_on_the_portal_with_its_words(client: Any, post: UUID) -> None:
    page = (await client.get("/portal/popups")).text
    assert "정전 안내" in page
    assert "<strong>정전</strong>" in page
    assert f"/board/posts/{post}" in page
    assert await shown(client) == ["정전 안내"]


async def test_stays_away_for_today_for_who_wants_that(
    company: Company, client: Any, admin_client: Any, post: UUID
) -> None:
    for _ in range(2):
        answer = await client.post(f"/board/posts/{post}/popup/hide", data={})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await shown(client), await shown(admin_client)) == ([], ["정전 안내"])
    nothing = await client.get("/portal/popups", headers={"HX-Request": "true"})
    assert nothing.text.strip() == ""
    assert nothing.headers["content-type"].startswith("text/html")  # or it counts as lost
    async with company.context() as ctx:
        await ctx.db.execute(update(PopupHidden).values(until=ctx.now))  # the day is over
    assert await shown(client) == ["정전 안내"]


async def test_before_and_after_its_time_it_is_not_there(
    company: Company, client: Any, post: UUID
) -> None:
    for before, after in ((A_DAY, 2 * A_DAY), (-2 * A_DAY, -A_DAY)):
        async with company.context() as ctx:
            times = {"starts_at": ctx.now + before, "ends_at": ctx.now + after}
            await ctx.db.execute(update(Popup).values(**times))
            await ctx.cache.drop("popups")
        assert await shown(client) == []


async def test_goes_with_its_post_and_by_hand(
    client: Any, admin_client: Any, post: UUID, write: Any
) -> None:
    path = f"{API}/posts/{post}/popup"
    assert (await client.delete(path)).status_code == 403
    assert (await admin_client.delete(path)).status_code == 200
    assert (await admin_client.delete(path)).status_code == 404
    assert await shown(client) == []
    body = {"starts_at": "2020-01-01T00:00:00Z", "ends_at": "2099-01-01T00:00:00Z"}
    assert (await admin_client.put(path, json=body)).status_code == 200
    assert await shown(client) == ["정전 안내"]
    await admin_client.delete(f"{API}/posts/{post}")
    assert await shown(client) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ends_at": "2020-01-01T00:00:00Z"}, "BOARD_ENDS_TOO_EARLY"),
        ({"starts_at": "2099-01-01T00:00:00Z"}, "BOARD_ENDS_TOO_EARLY"),
        ({"everyone": False}, "BOARD_NOBODY_MEANT"),
        ({"everyone": False, "departments": [str(uuid4())]}, "BOARD_NOBODY_MEANT"),
        ({"everyone": False, "roles": ["nobody"]}, "BOARD_NOBODY_MEANT"),
        ({"everyone": False, "people": [str(uuid4())]}, "BOARD_NOBODY_MEANT"),
        ({"starts_at": "never"}, "VALIDATION_FAILED"),
    ],
)
async def test_nonsense_is_refused(
    admin_client: Any, write: Any, change: dict[str, Any], code: str
) -> None:
    body = {"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2099-01-01T00:00:00Z"} | change
    answer = await admin_client.put(f"{API}/posts/{await write()}/popup", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


async def test_is_for_a_department_with_all_below_it(
    company: Company, client: Any, admin_client: Any, post: UUID
) -> None:
    made = await admin_client.post("/api/v1/admin/organizations", json={"name": "본부"})
    top = made.json()["data"]["id"]
    below = {"name": "팀", "parent_id": top}
    team = (await admin_client.post("/api/v1/admin/organizations", json=below)).json()["data"]["id"]
    people = f"/api/v1/admin/users/{company.member.id}"
    assert (await admin_client.put(people, json={"department_id": team})).status_code == 200
    body = {
        "starts_at": "2026-01-01T00:00:00Z",
        "ends_at": "2099-01-01T00:00:00Z",
        "everyone": False,
        "departments": [top],
    }
    answer = await admin_client.put(f"{API}/posts/{post}/popup", json=body)
    assert answer.json()["data"]["departments"] == [top]
    assert (await shown(client), await shown(admin_client)) == (["정전 안내"], [])


@pytest.mark.parametrize("given", ["role", "group", "department managed"])
async def test_is_for_a_role_however_it_is_held(
    company: Company, client: Any, admin_client: Any, post: UUID, given: str
) -> None:
    member, admin = str(company.member.id), "/api/v1/admin"
    wanted = "manager"
    if given == "department managed":
        sales = {"name": "영업", "manager_id": member}
        assert (await admin_client.post(f"{admin}/organizations", json=sales)).status_code == 201
    else:
        role = {"name": "안전 담당", "permissions": []}
        made = (await admin_client.post(f"{admin}/roles", json=role)).json()["data"]
        wanted, held = made["key"], {"role_id": made["id"], "subject_kind": "person"}
        if given == "group":
            group = await admin_client.post(f"{admin}/groups", json={"name": "안전 모임"})
            number = group.json()["data"]["id"]
            await admin_client.put(f"{admin}/groups/{number}/members/{member}")
            held |= {"subject_kind": "group", "subject_id": number}
        held.setdefault("subject_id", member)
        assert (await admin_client.post(f"{admin}/grants", json=held)).status_code < 300
    body: dict[str, Any] = {
        "starts_at": "2026-01-01T00:00:00Z",
        "ends_at": "2099-01-01T00:00:00Z",
        "everyone": False,
        "roles": [wanted],
    }
    assert (await admin_client.put(f"{API}/posts/{post}/popup", json=body)).status_code == 200
    assert (await shown(client), await shown(admin_client)) == (["정전 안내"], [])
    async with company.context() as ctx:
        holders = list(await ctx.db.scalars(role_holders(), {"roles": [wanted]}))
    assert company.member.id in holders
    assert company.admin.id not in holders


async def test_is_for_people_by_name(
    company: Company, client: Any, admin_client: Any, post: UUID
) -> None:
    path = f"/board/posts/{post}/popup"
    form = {
        "starts_at": "2026-01-01T09:00",
        "ends_at": "2099-01-01T18:00",
        "everyone": "false",
        "people": str(company.member.id),
    }
    assert (await admin_client.post(path, data=form)).status_code == 303
    assert (await shown(client), await shown(admin_client)) == (["정전 안내"], [])
    (seen,) = (await client.get(f"{API}/popups")).json()["data"]
    assert not {"departments", "roles", "people"} & seen.keys()
    page = (await admin_client.get(path)).text
    assert "구성원" in page
    assert 'value="manager"' in page


async def test_form_of_a_moderator(company: Company, client: Any, write: Any) -> None:
    path = f"/board/posts/{await write('공지')}/popup"
    assert (await client.get(path)).status_code == 403
    async with company.client(company.manager) as manager:
        assert (await manager.get(path)).status_code == 200
        form = {"starts_at": "2026-01-01T09:00", "ends_at": "2099-01-01T18:00", "everyone": "true"}
        assert (await manager.post(path, data=form)).status_code == 303
        assert "팝업 내리기" in (await manager.get(path)).text
        assert (await manager.post(f"{path}/remove", data={})).status_code == 303
    assert await shown(client) == []


async def test_another_tenant_sees_none(other_client: Any, post: UUID) -> None:
    assert await shown(other_client) == []
    assert (await other_client.post(f"{API}/posts/{post}/popup/hide")).status_code == 404
