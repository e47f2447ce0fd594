"""Other programs and chats are told, signed and again until it has worked; never at an address
that may not be called."""

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from tests.core.notifications.conftest import Firm
from tests.core.outside.others import Machine, answer, machine

from maru.notifications import hook_queries

ADMIN, HOOKS = "/admin/notifications/hooks", "/notifications/hooks"


async def add(
    firm: Firm, url: str, channel: str = "core.webhook", kinds: str = "kinds.noted"
) -> Any:
    client = await firm.client(firm.company.admin)
    form = {"name": "밖", "channel": channel, "url": url, "kinds": kinds}
    return await client.post(HOOKS, data=form)


async def tell(firm: Firm, text: str = "새 글", **how: Any) -> None:
    await firm.tell(text, to=firm.company.member.id, **how)
    await firm.kit.work()


async def deliveries(firm: Firm) -> Sequence[Any]:
    return await firm.sql("SELECT id, state, fault AS error, tries FROM maru.notification_delivery")


async def again(firm: Firm) -> None:
    await firm.sql("UPDATE maru.job SET due_at = now() WHERE state = 'waiting'")
    await firm.kit.work()


async def secret_of(firm: Firm) -> str:
    shown = (await (await firm.client(firm.company.admin)).get(ADMIN)).text
    (secret,) = re.findall(r"<code>([0-9a-f]{64})</code>", shown)
    return str(secret)


async def test_a_program_is_told_and_can_be_sure_who_tells(firm: Firm) -> None:
    async with machine(answer()) as there:
        assert (await add(firm, there.url("/hook"))).status_code == 303
        await tell(firm, key="a")
        await tell(firm, key="a")
        (asked,) = there.asked
    assert asked.line == "POST /hook HTTP/1.1"
    said = json.loads(asked.body)
    assert (said["kind"], said["title"]) == ("kinds.noted", "쪽지 1개: 새 글")
    assert said["url"].endswith("/kinds/")
    found = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", asked.headers["maru-signature"])
    assert found is not None
    signed = f"{found[1]}.".encode() + asked.body
    key = (await secret_of(firm)).encode()
    assert hmac.new(key, signed, hashlib.sha256).hexdigest() == found[2]
    (delivery,) = await deliveries(firm)
    assert asked.headers["maru-delivery"] == said["id"] == str(delivery.id)
    assert (delivery.state, delivery.tries) == ("sent", 1)


async def test_it_is_tried_again_under_the_same_id(firm: Firm) -> None:
    async with machine(answer(503), answer()) as there:
        await add(firm, there.url())
        await tell(firm)
        (waiting,) = await deliveries(firm)
        assert waiting.state == "waiting"
        assert waiting.error["code"] == "OUTSIDE_UNREACHABLE"
        await again(firm)
        first, second = there.asked
    assert first.headers["maru-delivery"] == second.headers["maru-delivery"]
    assert [(one.state, one.tries) for one in await deliveries(firm)] == [("sent", 2)]


async def test_what_a_version_before_has_left_is_delivered(firm: Firm) -> None:
    async with machine(answer()) as there:
        await add(firm, there.url(), "core.slack")
        await firm.tell(to=firm.company.member.id)
        await firm.sql("UPDATE maru.notification_hook SET channel = NULL")
        await firm.sql("UPDATE maru.notification_delivery SET channel = NULL")
        await firm.sql(
            "UPDATE maru.job SET kind = 'core.deliver_hook' WHERE kind = 'core.deliver_notice'"
        )
        await firm.kit.work()
        (asked,) = there.asked
    assert list(json.loads(asked.body)) == ["text"]
    assert [one.state for one in await deliveries(firm)] == ["sent"]
    shown = (await (await firm.client(firm.company.admin)).get(ADMIN)).text
    assert shown.count("슬랙 · 127.0.0.1") == 1


async def test_one_of_which_nothing_was_noted_is_told_again_under_the_same_id(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with machine(answer()) as there:
        await add(firm, there.url())
        with monkeypatch.context() as patch:
            patch.setattr(hook_queries, "SENT", sa.text("SELECT 1 / 0, CAST(:id AS uuid)"))
            await tell(firm)
        await again(firm)
        first, second = there.asked
    assert first.headers["maru-delivery"] == second.headers["maru-delivery"]
    assert [one.state for one in await deliveries(firm)] == ["sent"]


async def refused(firm: Firm, there: Machine, code: str, words: str) -> None:
    await add(firm, there.url())
    await tell(firm)
    (dead,) = await deliveries(firm)
    assert (dead.state, dead.error["code"]) == ("dead", code)
    shown = (await (await firm.client(firm.company.admin)).get(ADMIN)).text
    assert words in shown


async def test_what_it_refuses_is_dead_with_the_reason(firm: Firm) -> None:
    async with machine(answer(410)) as there:
        await refused(firm, there, "OUTSIDE_REFUSED", "상태 410")


async def test_a_redirect_to_a_private_host_is_refused(firm: Firm) -> None:
    away = answer(302, Location="http://169.254.169.254/latest/meta-data/")
    async with machine(away) as there:
        await refused(firm, there, "ADDRESS_REFUSED", "호출할 수 없")


@pytest.mark.parametrize("url", ["ftp://example.com/x", "http://user@example.com/", "https://"])
async def test_what_is_no_address_is_refused_at_once(firm: Firm, url: str) -> None:
    assert (await add(firm, url)).status_code == 422
    assert await firm.sql("SELECT 1 FROM maru.notification_hook") == []


async def test_a_private_address_is_never_called(firm: Firm) -> None:
    assert (await add(firm, "http://10.0.0.1/hook")).status_code == 303
    await tell(firm)
    (dead,) = await deliveries(firm)
    assert (dead.state, dead.error["code"]) == ("dead", "ADDRESS_REFUSED")


async def test_slack_gets_what_it_understands(firm: Firm) -> None:
    async with machine(answer()) as there:
        await add(firm, there.url("/services/T0"), "core.slack")
        await tell(firm, "<!channel> & <https://evil.example|here>")
        (asked,) = there.asked
    text = json.loads(asked.body)["text"]
    assert text.startswith(f"<http://{firm.company.tenant.slug}.localhost")
    assert "&lt;!channel&gt; &amp; &lt;https://evil.example/here&gt;" in text
    assert "maru-signature" not in asked.headers
    kept = await firm.sql("SELECT url, host FROM maru.notification_hook")
    assert [("/services" in row.url, row.host) for row in kept] == [(False, "127.0.0.1")]


async def test_of_other_kinds_it_hears_nothing_and_removed_nothing_at_all(firm: Firm) -> None:
    async with machine(answer()) as there:
        await add(firm, there.url(), kinds="core.signed_in_anew")
        await tell(firm)
        assert await deliveries(firm) == []
        (row,) = await firm.sql("SELECT id FROM maru.notification_hook")
        client = await firm.client(firm.company.admin)
        for status in (303, 404):
            answered = await client.post(f"{HOOKS}/{row.id}/remove")
            assert answered.status_code == status
        assert there.asked == []


async def test_members_may_not(firm: Firm) -> None:
    client = await firm.client(firm.company.member)
    assert (await client.get(ADMIN)).status_code == 403
    assert (await client.post(HOOKS, data={"name": "a"})).status_code == 403
