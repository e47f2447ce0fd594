"""Alerts leave by mail, to Slack and to a webhook, on real servers; and only where they may."""

import json
from datetime import timedelta

import pytest
from tests.core.mail.servers import mail_server
from tests.core.outside.others import LOOPBACK, answer, machine

from maru.alerts.alarm import Notice
from maru.alerts.messages import Messenger
from maru.alerts.rule import Channel, Rule
from maru.alerts.ways import ways
from maru.mail.addresses import Mailbox
from maru.mail.post import Post
from maru.outside import Outside
from maru.settings import SettingFault, Settings

RULE = Rule.model_validate(
    {
        "name": "load",
        "title": "부하가 높습니다",
        "metric": "test_load",
        "measure": "max",
        "operator": "gt",
        "threshold": 0.8,
        "severity": "critical",
        "cool_down": timedelta(0),
    }
)
SENDER = Mailbox("maru@example.com")
EVERYWHERE: tuple[Channel, ...] = ("mail", "slack", "webhook")


async def test_every_channel_gets_it(settings: Settings) -> None:
    with mail_server() as mails:
        async with machine(answer()) as hooks:
            given = settings.model_copy(
                update={
                    "alert_mail": ["ops@example.com", "boss@example.com"],
                    "alert_slack": hooks.url("/slack"),
                    "alert_webhook": hooks.url("/hook"),
                }
            )
            outside = Outside(LOOPBACK)
            found = ways(given, Post(f"smtp://127.0.0.1:{mails.port}"), outside, SENDER)
            assert await Messenger(found, "main").tell(Notice(RULE, True, 0.93), EVERYWHERE) == []
            await outside.close()
    assert mails.people == ["ops@example.com", "boss@example.com"]
    assert mails.mails[0]["subject"] == "[Maru main] critical: 부하가 높습니다"
    assert "0.93" in mails.mails[0].get_content()
    slack, hook = hooks.asked
    assert slack.line.startswith("POST /slack ")
    assert "부하가 높습니다" in json.loads(slack.body)["text"]
    said = json.loads(hook.body)
    assert (said["alert"], said["status"], said["value"]) == ("load", "firing", 0.93)


async def test_one_that_refuses_is_not_told_though_the_others_are(settings: Settings) -> None:
    async with machine(answer(500)) as broken, machine(answer()) as fine:
        given = settings.model_copy(
            update={"alert_slack": broken.url(), "alert_webhook": fine.url()}
        )
        outside = Outside(LOOPBACK)
        found = Messenger(ways(given, Post(""), outside, SENDER), "main")
        assert await found.tell(Notice(RULE, True, 1), EVERYWHERE) == ["slack"]
        await outside.close()
    assert len(fine.asked) == 1


async def test_a_hook_inside_the_house_is_not_reached_unless_it_is_opened(
    settings: Settings,
) -> None:
    async with machine(answer()) as inside:
        given = settings.model_copy(update={"alert_webhook": inside.url()})
        outside = Outside()
        found = Messenger(ways(given, Post(""), outside, SENDER), "main")
        assert await found.tell(Notice(RULE, True, 1), EVERYWHERE) == ["webhook"]
        await outside.close()
    assert inside.connections == 0


async def test_an_address_that_is_none_is_said(settings: Settings) -> None:
    given = settings.model_copy(update={"alert_mail": ["nobody"]})
    outside = Outside()
    with pytest.raises(SettingFault, match="MARU_ALERT_MAIL"):
        ways(given, Post(""), outside, SENDER)
    await outside.close()
