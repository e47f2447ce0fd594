"""What a line holds: who, of which kind, without secrets, and views only once."""

import json
from math import nan

import pytest
from tests.core.audit.conftest import Force, Trail

from maru.audit.kinds import kind_of
from maru.audit.models import Kind
from maru.audit.trail import Actor, AuditTrail
from maru.db import Scope
from maru.db.unit import committing

LINES = "SELECT * FROM maru.audit WHERE tenant_id = $1 ORDER BY id"


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("auth.login", "general"),
        ("plugin.enabled", "general"),
        ("rights.granted", "rights"),
        ("role.changed", "rights"),
        ("group.joined", "rights"),
        ("person.viewed", "personal"),
        ("people.exported", "personal"),
        ("roles", "general"),
    ],
)
def test_the_name_of_an_action_says_how_long_its_line_is_kept(action: str, kind: Kind) -> None:
    assert kind_of(action) == kind


async def test_an_operators_act_names_the_operator(trail: Trail, force: Force) -> None:
    actor = Actor(operator="root@operators", address="192.0.2.1")
    await trail.write("tenant.suspended", actor=actor)
    (line,) = await force(LINES)
    assert (line["operator"], line["person_id"], line["address"]) == (
        "root@operators",
        None,
        "192.0.2.1",
    )


async def test_secrets_are_masked_by_their_names(trail: Trail, force: Force) -> None:
    after = {"password": "hunter22", "smtp": {"api_key": "k"}, "names": ["가", "나"], "n": 1}
    await trail.write("changed", before={"client_secret": "x"}, after=after)
    (line,) = await force(LINES)
    assert line["before"] == '{"client_secret": "***"}'
    assert "hunter22" not in line["after"]
    assert line["after"] == (
        '{"n": 1, "smtp": {"api_key": "***"}, "names": ["가", "나"], "password": "***"}'
    )


async def test_odd_text_is_stored_rather_than_lost(trail: Trail, force: Force) -> None:
    await trail.write("a\x00b" + "x" * 600, after={"text": "\x00 \ud800", "n": nan, "k": 9**40})
    (line,) = await force(LINES)
    assert json.loads(line["after"]) == {"text": "\ufffd ?", "n": "nan", "k": 9**40}
    assert line["action"].startswith("a�b")
    assert len(line["action"]) == 500


async def test_the_same_view_counts_once_in_ten_minutes(trail: Trail, force: Force) -> None:
    now = [0.0]
    trail.trail = AuditTrail(lambda: now[0])
    someone = Actor(operator="a")
    for _ in range(3):
        await trail.write("person.viewed", actor=someone)
    await trail.write("person.viewed", actor=Actor(operator="b"))
    assert len(await force(LINES)) == 2
    now[0] += 600
    await trail.write("person.viewed", actor=someone)
    assert len(await force(LINES)) == 3


async def test_a_view_that_was_rolled_back_is_written_the_next_time(
    trail: Trail, force: Force
) -> None:
    async with trail.database.unit(Scope(trail.tenant)) as unit:
        await trail.trail.write(unit, "person.viewed", "person:1")
    assert await force(LINES) == []
    async with committing(trail.database.unit(Scope(trail.tenant))) as unit:
        await trail.trail.write(unit, "person.viewed", "person:1")
    assert len(await force(LINES)) == 1
