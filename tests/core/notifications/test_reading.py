"""What people see of what they were told, by the API and by pages."""

import re

import sqlalchemy as sa
from tests.core.notifications.conftest import API, Firm

from maru.db.scope import NOBODY
from maru_sdk.db import uuid7


async def test_a_page_leads_to_the_next(firm: Firm) -> None:
    member = firm.company.member
    for number in range(5):
        await firm.tell(str(number), to=member.id)
    client = await firm.client(member)
    first = (await client.get(API, params={"limit": 2})).json()
    assert [one["title"] for one in first["data"]] == ["쪽지 1개: 4", "쪽지 1개: 3"]
    rest = {"limit": 5, "cursor": first["pagination"]["next"]}
    assert await firm.titles(member, **rest) == [f"쪽지 1개: {n}" for n in (2, 1, 0)]


async def test_one_is_read_then_all_that_stood_there(firm: Firm) -> None:
    member = firm.company.member
    client = await firm.client(member)
    for text in "abc":
        await firm.tell(text, to=member.id)
    data = (await client.get(API)).json()["data"]
    answer = await client.post(f"{API}/{data[1]['id']}/read")
    assert answer.json()["data"] == {"count": 2, "more": False}
    assert await firm.titles(member, unread=True) == ["쪽지 1개: c", "쪽지 1개: a"]
    until = {"until": data[2]["id"], "kind": "kinds.noted"}
    assert (await client.post(f"{API}/read-all", params=until)).json()["data"]["count"] == 1
    assert (await client.post(f"{API}/read-all")).json()["data"]["count"] == 0
    assert await firm.titles(member, unread=True) == []
    assert len(await firm.titles(member, kind="kinds.noted")) == 3


async def test_what_isnt_there(firm: Firm) -> None:
    client = await firm.client(firm.company.member)
    missing = await client.post(f"{API}/{uuid7()}/read")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "NOTIFICATION_NOT_FOUND")
    unknown = await client.get(API, params={"kind": "kinds.none"})
    assert unknown.json()["error"]["code"] == "NOTIFICATION_KIND_UNKNOWN"
    await firm.tell(to=firm.company.manager.id)
    (theirs,) = await firm.sql("SELECT id FROM maru.notice")
    assert (await client.post(f"{API}/{theirs.id}/read")).status_code == 404


async def test_beyond_99_nobody_counts(firm: Firm) -> None:
    member = firm.company.member
    await firm.tell(to=member.id)
    more = """
    WITH made AS (INSERT INTO maru.notice (id, kind, key, value)
                  SELECT gen_random_uuid(), kind, n::text, value
                    FROM maru.notice, generate_series(1, 100) n RETURNING id, kind)
    INSERT INTO maru.notification (id, person_id, notice_id, kind)
    SELECT gen_random_uuid(), :person, id, kind FROM made
    """
    await firm.sql(more, person=member.id)
    assert await firm.unread(member) == {"count": 99, "more": True}


async def test_one_that_fails_harms_no_other(firm: Firm) -> None:
    member = firm.company.member
    await firm.tell("a", to=member.id)
    await firm.tell("unspeakable", to=member.id)
    assert await firm.titles(member) == ["쪽지", "쪽지 1개: a"]


async def test_who_may_not_any_more_sees_nothing(firm: Firm) -> None:
    member = firm.company.member
    await firm.tell(to=member.id)
    async with firm.unit() as unit:
        await firm.kit.house.rights.roles.revoke(unit, "member", "person", member.id)
    await firm.kit.house.signals.poll()
    assert await firm.titles(member) == []


async def test_pages_work_without_script(firm: Firm) -> None:
    member = firm.company.member
    client = await firm.client(member)
    await firm.tell("<b>굵게</b>", to=member.id)
    await firm.tell("b", to=member.id)
    shown = (await client.get("/notifications")).text
    assert "&lt;b&gt;굵게" in shown
    assert ">2</span>" in (await client.get("/notifications/bell")).text
    assert "쪽지 1개: b" in (await client.get("/notifications/latest")).text
    opens = re.findall(r'action="(/notifications/[^"]+/open)"', shown)
    assert len(opens) == 2
    opened = await client.post(opens[0])
    assert (opened.status_code, opened.headers["location"]) == (303, "/kinds/")
    assert "쪽지 1개: b" not in (await client.get("/notifications?unread=true")).text
    (newest,) = re.findall(r'name="until" value="([^"]+)"', shown)
    done = await client.post("/notifications/read-all", data={"until": newest})
    assert done.status_code == 303
    assert (await firm.unread(member))["count"] == 0


async def test_open_pages_are_told(firm: Firm) -> None:
    member = firm.company.member
    await firm.tell(to=member.id)
    said = "SELECT room FROM maru.live_message WHERE event = 'core.notified'"
    async with firm.kit.system.unit(NOBODY, readonly=True) as unit:
        rooms = {row.room for row in await unit.db.execute(sa.text(said))}
    assert f"me:{member.id}" in rooms
