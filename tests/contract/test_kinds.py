"""Every kind of declaration works where its plugin is on, and is gone where it is off, in that
tenant alone; on again, everything is there as before."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import fields
from typing import Any

import pytest
from click.testing import CliRunner
from maru_kinds import extensions
from maru_kinds.api import Word, echoes, may_say, voice
from maru_kinds.channels import Question, note
from maru_kinds.files import paper
from maru_kinds.found import notes
from maru_kinds.jobs import write_many
from maru_kinds.notices import Noted, noted
from maru_kinds.schemas import Count
from maru_kinds.seen import CALLS
from maru_kinds.service import write
from tests.contract.world import Firm, World, eventually

from maru.cli.commands import commands_of
from maru.plugins.channels import Channels, MessageInvalid, RoomNotFound
from maru.plugins.points import OfferUnknown
from maru.testing import said
from maru_sdk import NotFound, Plugin, SystemFault
from maru_sdk.db import uuid7

FOUND = {200: True, 201: True, 303: True, 404: False}
Probe = Callable[[World, Firm], Awaitable[bool]]


def at(path: str) -> Probe:
    """Whether the admin finds something there."""

    async def probe(_: World, firm: Firm) -> bool:
        return FOUND[await firm.status(path)]

    return probe


async def page(_: World, firm: Firm) -> bool:
    found = {FOUND[await firm.status(path)] for path in ("/kinds", "/kinds/")}
    assert len(found) == 1
    return found.pop()


async def admin_page(_: World, firm: Firm) -> bool:
    found = {FOUND[await firm.status(path)] for path in ("/admin/kinds", "/admin/kinds/")}
    assert len(found) == 1
    return found.pop()


async def form(_: World, firm: Firm) -> bool:
    answer = await firm.admin.post("/kinds/", data={"text": "from a form"})
    return FOUND[answer.status_code]


async def placement(_: World, firm: Firm) -> bool:
    layout = await firm.data("/api/v1/portal/layout")
    return "kinds.recent_notes" in {box["portlet_type"] for box in layout["portlets"]}


async def link(_: World, firm: Firm) -> bool:
    return 'href="/kinds/"' in (await firm.admin.get("/admin/plugins")).text


async def permission(_: World, firm: Firm) -> bool:
    return "kinds:note:write" in (await firm.data("/api/v1/users/me"))["permissions"]


async def role(_: World, firm: Firm) -> bool:
    me = (await firm.member.get("/api/v1/users/me")).json()["data"]
    assert "kinds:note:write" not in me["permissions"]
    return "kinds:note:read" in me["permissions"]


async def job(world: World, firm: Firm) -> bool:
    async with firm.context() as ctx:
        job_id = await ctx.jobs.enqueue(write_many, Count(count=1))
    await world.kit.work()
    ((state,),) = await firm.sql("SELECT state FROM maru.job WHERE id = :id", id=job_id)
    assert state in ("done", "parked")
    return bool(state == "done")


async def schedule(world: World, firm: Firm) -> bool:
    CALLS.clear()
    await world.tick()
    return ("schedule", firm.slug) in CALLS


async def listener(world: World, firm: Firm) -> bool:
    text = str(uuid7())
    await tell(firm, text)
    await world.kit.work()
    return ("event", text) in CALLS


async def tell(firm: Firm, text: str) -> None:
    """Publishes an event, whether or not its plugin is on."""
    async with firm.context() as ctx:
        await write(ctx, text)


async def room(_: World, firm: Firm) -> bool:
    """Whether web lets the admin into a note's room, as push asks it."""
    channels = Channels(firm.company.kit.house.services)
    async with firm.context() as ctx:
        note_id = (await write(ctx, "a note with a room")).id
    try:
        return await channels.enter(firm.company.seed(), note.room(note_id=note_id))
    except RoomNotFound:
        return False


async def metric(world: World, firm: Firm) -> bool:
    shown = (await firm.admin.get("/metrics")).text
    return any(
        line.startswith("maru_kinds_notes_written{") and f'tenant="{firm.slug}"' in line
        for line in shown.splitlines()
    )


async def statistic(_: World, firm: Firm) -> bool:
    found = await firm.data("/api/v1/admin/statistics")
    return "kinds" in {one["plugin"] for one in found["plugins"] if one["statistics"]}


async def collected(_: World, firm: Firm) -> bool:
    async with firm.context("core") as ctx:
        answers = await ctx.collect(echoes, Word(word="a"))
    assert [answer.said for answer in answers] in (["a, a"], [])
    return bool(answers)


async def decided(_: World, firm: Firm) -> bool:
    async with firm.context("core") as ctx:
        try:
            await ctx.decide(may_say, Word(word="damn"))
        except extensions.WordRefused:
            return True
    return False


async def chosen(_: World, firm: Firm) -> bool:
    async with firm.context("core") as ctx:
        try:
            return (await ctx.choose(voice, "loud", Word(word="a"))).said == "A"
        except OfferUnknown:
            return False


async def filed(world: World, firm: Firm) -> bool:
    """A file is only there while its plugin can say who may read it."""
    answer = await firm.admin.get(f"/api/v1/files?kind={paper.name}&on={uuid7()}")
    return bool(answer.status_code == 200)


async def sought(_: World, firm: Firm) -> bool:
    sources = await firm.data("/api/v1/search/sources")
    return notes.name in {source["name"] for source in sources}


async def told(_: World, firm: Firm) -> bool:
    text = str(uuid7())
    async with firm.context() as ctx:
        await ctx.notify(noted, Noted(text=text), to=ctx.me.id, myself=True)
    bodies = {one["title"][-len(text) :] for one in await firm.data("/api/v1/notifications")}
    kinds = {one["name"] for one in await firm.data("/api/v1/notifications/kinds")}
    assert (text in bodies) == (noted.name in kinds)
    return text in bodies


async def texted(_: World, firm: Firm) -> bool:
    """Somebody chooses where they are told by it, while it is on."""
    form = {"channel": "kinds.texted", "address": "010-1234-5678"}
    answer = await firm.admin.post("/notifications/settings/addresses", data=form)
    page = (await firm.admin.get("/notifications/settings")).text
    assert ("kinds.texted" in page) == (answer.status_code == 303)
    return bool(answer.status_code == 303)


PROBES: Mapping[str, Probe] = {
    "routes": at("/api/v1/kinds/notes"),
    "pages": page,
    "pages: a form": form,
    "portlets": at("/api/v1/portal/data/kinds.recent_notes"),
    "portlets: placed": placement,
    "navigation": link,
    "admin_pages": admin_page,
    "parts": at("/api/v1/kinds/part"),
    "bridges": at("/api/v1/kinds/bridge"),
    "settings": at("/api/v1/admin/plugins/kinds/settings"),
    "settings: their page": at("/admin/plugins/kinds"),
    "permissions": permission,
    "roles": role,
    "jobs": job,
    "schedules": schedule,
    "listeners": listener,
    "channels": room,
    "files": filed,
    "search": sought,
    "notifications": told,
    "notification_channels": texted,
    "metrics": metric,
    "statistics": statistic,
    "fills: collect": collected,
    "fills: decide": decided,
    "fills: choose": chosen,
}
BELOW = {"commands", "health", "migrations", "publishes"}
NO_KINDS = {"title", "icon", "url"}


@pytest.fixture(autouse=True)
async def _on(world: World) -> None:
    """Each test begins with the plugin on in both companies."""
    for firm in (world.ours, world.theirs):
        await firm.on()


def test_every_kind_is_looked_at() -> None:
    kinds = {field.name for field in fields(Plugin)} - NO_KINDS
    assert kinds | {"bridges"} == {name.partition(":")[0] for name in PROBES} | BELOW


@pytest.mark.parametrize("kind", PROBES)
async def test_it_goes_with_its_plugin_and_comes_back(world: World, kind: str) -> None:
    ours, theirs = world.ours, world.theirs

    async def seen(firm: Firm) -> bool:
        return await PROBES[kind](world, firm)

    await eventually(lambda: seen(ours))
    await ours.off()
    await eventually(lambda: seen(ours), False)
    assert not await seen(ours)
    await eventually(lambda: seen(theirs))
    await ours.on()
    await eventually(lambda: seen(ours))


class TestChannels:
    async def test_what_is_said_in_a_room(self, world: World) -> None:
        firm, services = world.ours, world.kit.house.services
        channels = Channels(services)
        async with firm.context() as ctx:
            room = note.room(note_id=(await write(ctx, "talk")).id)
        answer = await channels.say(firm.company.seed(), room, {"word": "ab"})
        assert answer is not None
        assert answer.model_dump() == {"said": "abab"}
        said: list[Any] = [{}, {"word": 1}, [], None, "ab"]
        for nonsense in said:
            with pytest.raises(MessageInvalid):
                await channels.say(firm.company.seed(), room, nonsense)

    async def test_who_may_not_enter(self, world: World) -> None:
        channels = Channels(world.kit.house.services)
        ours, theirs = world.ours, world.theirs
        async with ours.context() as ctx:
            room = note.room(note_id=(await write(ctx, "ours")).id)
        assert await channels.enter(ours.company.seed(ours.company.member), room)
        with pytest.raises(NotFound):
            await channels.enter(theirs.company.seed(), room)
        for name in (room[:-1], "kinds.note:", "kinds.note", "kinds.none:1", "kinds.note:a:b"):
            with pytest.raises(RoomNotFound):
                await channels.enter(ours.company.seed(), name)

    async def test_a_plugin_sends_to_its_own_rooms_alone(self, world: World) -> None:
        said = Question(word="a")
        async with world.ours.context() as ctx:
            for name in ("board.post:1", "kinds.note:a:b", "kinds.none:1", "portal", "job:1"):
                with pytest.raises(SystemFault):
                    await ctx.live.send(name, "asked", said)
                with pytest.raises(SystemFault):
                    await ctx.live.send_now(name, "asked", said)
            await ctx.live.send(f"me:{ctx.me.id}", "asked", said)
        with pytest.raises(TypeError):
            note.room(other=1)


class TestData:
    async def test_rows_outlive_the_switch(self, world: World) -> None:
        text = str(uuid7())
        made = await world.ours.admin.post("/api/v1/kinds/notes", json={"text": text})
        assert made.status_code == 201
        await world.ours.off()
        kept = await world.ours.sql("SELECT text FROM plugin_kinds.note WHERE text = :t", t=text)
        assert [row.text for row in kept] == [text]
        assert (
            await world.theirs.sql("SELECT 1 FROM plugin_kinds.note WHERE text = :t", t=text) == []
        )
        await world.ours.on()
        assert text in {note["text"] for note in await world.ours.data("/api/v1/kinds/notes")}

    async def test_a_placement_outlives_the_switch(self, world: World) -> None:
        where = "/api/v1/portal/layout"
        layout = await world.ours.data(where)
        mine = next(b for b in layout["portlets"] if b["portlet_type"] == "kinds.recent_notes")
        mine |= {"h": mine["h"] + 1, "y": 40, "config": {"limit": 2}}
        changed = await world.ours.admin.put(where, json=layout)
        assert changed.status_code == 200, changed.text
        await world.ours.off()
        assert mine["id"] not in str(await world.ours.data(where))
        await world.ours.on()
        again = (await world.ours.data(where))["portlets"]
        kept = next(box for box in again if box["id"] == mine["id"])
        assert (kept["h"], kept["config"]) == (mine["h"], {"limit": 2})

    async def test_settings_outlive_the_switch(self, world: World) -> None:
        where = "/api/v1/admin/plugins/kinds/settings"
        put = await world.ours.admin.put(where, json={"longest": 7})
        assert put.json()["data"]["longest"] == 7
        await world.ours.off()
        await world.ours.on()
        assert (await world.ours.data(where))["longest"] == 7
        assert (await world.theirs.data(where))["longest"] == 200


class TestLater:
    async def test_a_job_of_a_plugin_that_is_off_is_parked_and_wakes(self, world: World) -> None:
        async with world.ours.context() as ctx:
            job_id = await ctx.jobs.enqueue(write_many, Count(count=1))
        await world.ours.off()
        await world.kit.work()
        look = "SELECT state, error FROM maru.job WHERE id = :id"
        (parked,) = await world.ours.sql(look, id=job_id)
        assert tuple(parked) == ("parked", "PLUGIN_OFF: the plugin kinds is off")
        await world.ours.on()
        await world.kit.work()
        (done,) = await world.ours.sql(look, id=job_id)
        assert tuple(done) == ("done", None)

    async def test_runs_missed_while_off_are_not_made_up_for(self, world: World) -> None:
        await world.ours.off()
        CALLS.clear()
        for _ in range(3):
            await world.tick()
        assert ("schedule", world.theirs.slug) in CALLS
        await world.ours.on()
        await world.scheduler.tick()
        await world.kit.work()
        assert ("schedule", world.ours.slug) not in CALLS
        await world.tick()
        assert CALLS.count(("schedule", world.ours.slug)) == 1

    async def test_what_is_published_while_off_is_never_heard(self, world: World) -> None:
        before, during, after = (str(uuid7()) for _ in range(3))
        await tell(world.ours, before)
        await world.ours.off()
        await tell(world.ours, during)
        await world.kit.work()
        await world.ours.on()
        await tell(world.ours, after)
        await world.kit.work()
        heard = {detail for what, detail in CALLS if what == "event"}
        assert heard & {before, during, after} == {before, after}


class TestOperation:
    async def test_a_health_check_leaves_when_nobody_has_the_plugin_on(self, world: World) -> None:
        async def checked() -> bool:
            return "kinds.reachable" in (await world.ours.admin.get("/health")).json()["checks"]

        assert await checked()
        await world.ours.off()
        assert await checked(), "it is on in the other company"
        await world.theirs.off()
        assert not await checked()
        await world.theirs.on()
        assert await checked()

    async def test_a_command_refuses_where_the_plugin_is_off(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given = world.settings.model_dump(mode="json", exclude_unset=True)
        for name, value in given.items():
            monkeypatch.setenv(f"MARU_{name.upper()}", said(value))
        group = commands_of("kinds")
        assert group is not None

        async def typed(firm: Firm) -> Any:
            line = ["scribble", "--tenant", firm.slug, "--count", "2"]
            return await asyncio.to_thread(CliRunner().invoke, group, line)

        await world.ours.off()
        refused, done = await typed(world.ours), await typed(world.theirs)
        assert (refused.exit_code, refused.output) == (
            1,
            f"Error: kinds is off in {world.ours.slug}\n",
        )
        assert (done.exit_code, done.output) == (0, "2 written\n")
        await world.ours.on()
        assert (await typed(world.ours)).output == "2 written\n"
