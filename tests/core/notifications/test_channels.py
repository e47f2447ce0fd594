"""A channel that a plugin brings: people give an address, choose kinds, and are told by it at least
once under one id; companies choose an address for all."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from tests.core.notifications.conftest import Firm

from maru_sdk import User

SETTINGS, ADMIN = "/notifications/settings", "/admin/notifications"
TEXTED, HALL = "kinds.texted", "kinds.hall"
PHONE = "010-1234-5678"


async def give(firm: Firm, person: User, address: str, channel: str = TEXTED) -> Any:
    client = await firm.client(person)
    form = {"channel": channel, "address": address}
    return await client.post(f"{SETTINGS}/addresses", data=form)


async def choose(firm: Firm, person: User, how: str, url: str = SETTINGS) -> int:
    client = await firm.client(person)
    form = {"others": f"{TEXTED} kinds.noted={how}"}
    return (await client.post(url, data=form)).status_code


async def ready(firm: Firm, address: str = PHONE) -> User:
    """Somebody who is told by text message."""
    person = firm.company.member
    assert (await give(firm, person, address)).status_code == 303
    assert await choose(firm, person, "now") == 303
    return person


async def tell(firm: Firm, text: str = "새 글", **how: Any) -> None:
    await firm.tell(text, to=firm.company.member.id, **how)
    await firm.kit.work()


async def sent(firm: Firm) -> list[str]:
    found = await firm.sql(
        "SELECT text FROM plugin_kinds.note WHERE text <> 'welcome' ORDER BY created_at"
    )
    return [row.text for row in found]


async def deliveries(firm: Firm) -> Sequence[Any]:
    return await firm.sql(
        "SELECT id, state, fault AS error, tries FROM maru.notification_delivery ORDER BY id"
    )


async def again(firm: Firm) -> None:
    await firm.sql("UPDATE maru.job SET due_at = now() WHERE state = 'waiting'")
    await firm.kit.work()


async def test_who_gave_an_address_and_chose_the_kind_is_told(firm: Firm) -> None:
    await ready(firm)
    await tell(firm, key="a")
    await tell(firm, key="a")
    (delivery,) = await deliveries(firm)
    assert (delivery.state, delivery.tries) == ("sent", 1)
    assert await sent(firm) == [f"to {PHONE} as {delivery.id}: 쪽지 1개: 새 글"]
    assert await firm.titles(firm.company.member) == ["쪽지 1개: 새 글"]


async def test_the_newest_is_shown_first_whoever_is_told(firm: Firm) -> None:
    await ready(firm)
    await hang(firm, "board 7")
    for _ in range(3):
        await tell(firm)
    found = await firm.sql("SELECT id FROM maru.notification_delivery ORDER BY created_at")
    assert {one.id.version for one in found} == {7}
    shown = (await (await firm.client(firm.company.admin)).get(f"{ADMIN}/hooks")).text
    seen = re.findall(f"{firm.company.member.name}<br>|로비<br>", shown)
    assert seen == [f"{firm.company.member.name}<br>", "로비<br>"] * 3


async def test_without_either_nobody_is(firm: Firm) -> None:
    person = firm.company.member
    await tell(firm)
    await give(firm, person, PHONE)
    await tell(firm)
    assert await choose(firm, person, "now") == 303
    await give(firm, person, " ")
    await tell(firm)
    assert await deliveries(firm) == []
    assert await firm.sql("SELECT 1 FROM maru.notification_address") == []


async def test_the_company_chooses_for_those_who_chose_nothing(firm: Firm) -> None:
    await give(firm, firm.company.member, PHONE)
    assert await choose(firm, firm.company.admin, "now", "/notifications/defaults") == 303
    await tell(firm)
    assert len(await sent(firm)) == 1
    assert await choose(firm, firm.company.member, "off") == 303
    await tell(firm)
    assert len(await sent(firm)) == 1


async def test_it_is_tried_again_under_the_same_id(firm: Firm) -> None:
    await ready(firm, "010-0000-0503")
    await tell(firm)
    (first,) = await deliveries(firm)
    assert (first.state, first.error["code"]) == ("waiting", "UNAVAILABLE")
    await again(firm)
    (second,) = await deliveries(firm)
    assert (second.state, second.tries) == ("sent", 2)
    assert second.id == first.id
    assert str(first.id) in (await sent(firm))[0]


async def test_a_refusal_is_dead_and_the_admin_sees_why(firm: Firm) -> None:
    await ready(firm, "010-0000-0404")
    await tell(firm)
    (dead,) = await deliveries(firm)
    assert dead.state == "dead"
    assert "nobody has this number" in dead.error["text"]
    shown = (await (await firm.client(firm.company.admin)).get(f"{ADMIN}/hooks")).text
    assert "nobody has this number" in shown
    assert firm.company.member.name in shown
    assert "010-0000-0404" not in shown


async def test_what_the_other_side_says_stands_there_whatever_its_braces(firm: Firm) -> None:
    await ready(firm, "010-0000-0422")
    await tell(firm)
    shown = await (await firm.client(firm.company.admin)).get(f"{ADMIN}/hooks")
    assert shown.status_code == 200
    assert "no such number&#34;} to {number" in shown.text


async def test_a_fault_says_no_more_than_its_name(firm: Firm) -> None:
    await ready(firm, "010-0000-0500")
    await tell(firm)
    (waiting,) = await deliveries(firm)
    assert (waiting.state, waiting.error["text"]) == ("waiting", "RuntimeError")


async def test_one_that_hangs_is_tried_again(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maru.notifications.deliver_job.PATIENCE", 0.2)
    await ready(firm, "010-0000-0504")
    await tell(firm)
    (waiting,) = await deliveries(firm)
    assert (waiting.state, waiting.error["code"], waiting.tries) == ("waiting", "TimeoutError", 1)


async def hang(firm: Firm, address: str) -> None:
    """A board in the hall, which is tried twice."""
    form = {"name": "로비", "channel": HALL, "url": address, "kinds": "kinds.noted"}
    client = await firm.client(firm.company.admin)
    assert (await client.post("/notifications/hooks", data=form)).status_code == 303


async def stands(firm: Firm, state: str, tries: int, code: str = "") -> None:
    """How the only delivery and its job stand, which say the same."""
    (delivery,) = await deliveries(firm)
    assert (delivery.state, delivery.tries) == (state, tries)
    assert (delivery.error or {"code": ""})["code"] == code
    (job,) = await firm.sql("SELECT state FROM maru.job WHERE kind = 'core.deliver_notice'")
    assert job.state == ("done" if state == "sent" else state)


@pytest.mark.parametrize(("address", "code"), [("broken", "UNAVAILABLE"), ("faulty", "KeyError")])
async def test_after_its_tries_it_is_dead(firm: Firm, address: str, code: str) -> None:
    await hang(firm, address)
    await tell(firm)
    await stands(firm, "waiting", 1, code)
    await again(firm)
    await stands(firm, "dead", 2, code)


async def test_a_fault_is_tried_again_as_often_as_the_channel_says(firm: Firm) -> None:
    await ready(firm, "010-0000-0500")
    await tell(firm)
    for _ in range(4):
        await again(firm)
    await stands(firm, "waiting", 5, "RuntimeError")


async def age(firm: Firm) -> None:
    await firm.sql("UPDATE maru.notification_delivery SET created_at = now() - interval '25 h'")


async def test_a_limit_of_the_other_side_costs_no_try_for_a_day(firm: Firm) -> None:
    await hang(firm, "busy")
    await tell(firm)
    for _ in range(3):
        await again(firm)
    await stands(firm, "waiting", 0, "RATE_LIMITED")
    await age(firm)
    await again(firm)
    await stands(firm, "waiting", 1, "RATE_LIMITED")
    await again(firm)
    await stands(firm, "dead", 2, "RATE_LIMITED")


async def away(firm: Firm) -> None:
    """Something is told by a channel that isn't on here any more when it is to be brought."""
    await ready(firm)
    await firm.tell(to=firm.company.member.id)
    await firm.sql("UPDATE maru.notification_delivery SET channel = 'kinds.gone'")
    await firm.kit.work()
    await stands(firm, "waiting", 0, "NOTIFICATION_CHANNEL_AWAY")


async def test_a_channel_that_is_off_is_waited_for(firm: Firm) -> None:
    await away(firm)
    await firm.sql("UPDATE maru.notification_delivery SET channel = :channel", channel=TEXTED)
    await again(firm)
    await stands(firm, "sent", 1)


async def test_one_that_stays_off_is_given_up_after_a_day(firm: Firm) -> None:
    await away(firm)
    await age(firm)
    await again(firm)
    await stands(firm, "dead", 1, "NOTIFICATION_CHANNEL_AWAY")
    shown = (await (await firm.client(firm.company.admin)).get(f"{ADMIN}/hooks")).text
    assert "꺼져 있습니다" in shown


async def test_a_company_may_choose_one_too(firm: Firm) -> None:
    client = await firm.client(firm.company.admin)
    form = {"name": "로비", "channel": HALL, "url": "board 7", "kinds": "kinds.noted"}
    assert (await client.post("/notifications/hooks", data=form)).status_code == 303
    refused = await client.post("/notifications/hooks", data={**form, "channel": TEXTED})
    assert refused.status_code == 422
    await tell(firm)
    assert await sent(firm) == ["on board 7: 쪽지 1개: 새 글"]


async def test_quiet_hours_hold(firm: Firm) -> None:
    person = await ready(firm)
    client = await firm.client(person)
    now = firm.kit.house.services.clock()
    local = now + timedelta(hours=9)
    begin = (local - timedelta(hours=1)).strftime("%H:%M")
    end = (local + timedelta(hours=1)).strftime("%H:%M")
    form = {"quiet_from": begin, "quiet_until": end, "digest_hour": "8"}
    assert (await client.post(f"{SETTINGS}/hours", data=form)).status_code == 303
    await tell(firm)
    assert await sent(firm) == []
    (job,) = await firm.sql(
        "SELECT due_at FROM maru.job WHERE kind = 'core.deliver_notice' AND state = 'waiting'"
    )
    assert now + timedelta(minutes=50) < job.due_at < now + timedelta(minutes=70)
    await firm.sql("DELETE FROM maru.notification_hours")
    await again(firm)
    assert len(await sent(firm)) == 1


async def test_who_is_gone_or_has_left_it_is_not_told_what_waited(firm: Firm) -> None:
    person = await ready(firm)
    for undo in (
        "UPDATE maru.person SET state = 'inactive' WHERE id = :id",
        "DELETE FROM maru.notification_address WHERE person_id = :id",
    ):
        await firm.tell("waits", to=person.id)
        await firm.sql(undo, id=person.id)
        await firm.kit.work()
        await firm.sql("UPDATE maru.person SET state = 'active' WHERE id = :id", id=person.id)
    assert await sent(firm) == []
    assert await deliveries(firm) == []


async def test_what_is_no_address_is_refused_beside_its_field(firm: Firm) -> None:
    for bad in ("hello", "12", "010\r\n1234567", "9" * 300):
        answer = await give(firm, firm.company.member, bad)
        assert answer.status_code == 422, bad
    assert "다시 확인" in answer.text
    for channel in (HALL, "kinds.nothing", "core.webhook"):
        assert (await give(firm, firm.company.member, PHONE, channel)).status_code == 422
    assert await firm.sql("SELECT 1 FROM maru.notification_address") == []


async def test_the_page_shows_the_channel_and_the_address_is_sealed(firm: Firm) -> None:
    person = await ready(firm)
    shown = (await (await firm.client(person)).get(SETTINGS)).text
    assert 'type="tel" value="010-1234-5678"' in shown
    assert f'value="{TEXTED} kinds.noted=now" selected' in shown
    (kept,) = await firm.sql("SELECT address FROM maru.notification_address")
    assert kept.address.startswith("maru1.")
    other = (await (await firm.client(firm.company.manager)).get(SETTINGS)).text
    assert "010-1234-5678" not in other
    whole = (await (await firm.client(firm.company.admin)).get(ADMIN)).text
    assert "010-1234-5678" not in whole
    assert f'value="{TEXTED} kinds.noted=off" selected' in whole


async def test_choices_that_are_none_are_refused(firm: Firm) -> None:
    assert await choose(firm, firm.company.member, "daily") == 422
    client = await firm.client(firm.company.member)
    for other in ("kinds.hall kinds.noted=now", "x", "kinds.texted nothing=now"):
        assert (await client.post(SETTINGS, data={"others": other})).status_code == 422
