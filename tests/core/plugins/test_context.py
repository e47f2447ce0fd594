"""The context: what a plugin works with, in a call opened from a seed."""

import asyncio
import sys
import threading
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from tests.core.plugins.working import call_in, enable, tenant
from tests.engines import Tenants
from tests.plugins.process import Process, process

from maru.db import UnitClosed
from maru.db.unit import committing
from maru.identity.models import Person
from maru.plugins.context import TenantGone, open_call
from maru.plugins.registry import PluginHost
from maru.settings import Settings
from maru.tenancy.models import Setting
from maru_sdk import ContextSeed, NotFound, PermissionDenied, SystemFault
from maru_sdk.db import uuid7


@pytest.fixture
async def on(running: Process, tenants: Tenants) -> Process:
    """The plugin of every kind is on in hanbit."""
    await enable(running, tenants.hanbit, "kinds")
    return running


def module(name: str) -> Any:
    return sys.modules[f"maru_kinds.{name}"]


async def _set(event: asyncio.Event) -> None:
    event.set()


async def person(of: Process, tenants: Tenants) -> UUID:
    """A member of hanbit."""
    async with committing(of.services.database.unit(tenants.hanbit)) as unit:
        row = Person(username="bora", username_key="bora", name="김보라", initials="ㄱㅂㄹ")
        row.locale, row.timezone = "ko", "Asia/Seoul"
        unit.db.add(row)
        await unit.db.flush()
        roles: Any = of.services.rights
        await roles.roles.grant(unit, "member", "person", row.id)
        return row.id


class TestData:
    async def test_a_row_is_got_by_id(self, on: Process, tenants: Tenants) -> None:
        note = module("models").Note
        async with call_in(on, tenants.hanbit) as call:
            ctx = call.ctx("kinds")
            row = note(text="안녕")
            ctx.db.add(row)
            await ctx.db.flush()
            assert (await ctx.get(note, row.id)).text == "안녕"

    async def test_a_missing_row_has_the_plugins_code(self, on: Process, tenants: Tenants) -> None:
        async with call_in(on, tenants.hanbit) as call:
            with pytest.raises(NotFound) as fault:
                await call.ctx("kinds").get(module("models").Note, uuid7())
        assert fault.value.code == "KINDS_NOTE_NOT_FOUND"

    async def test_another_tenants_row_is_missing(self, on: Process, tenants: Tenants) -> None:
        async with call_in(on, tenants.hanbit) as call:
            row = (await call.ctx("kinds").read(module("queries").NOTES))[0]
        async with call_in(on, tenants.saebom) as call:
            with pytest.raises(NotFound):
                await call.ctx("kinds").get(module("models").Note, row.id)

    async def test_another_plugins_table_is_refused(self, on: Process, tenants: Tenants) -> None:
        async with call_in(on, tenants.hanbit) as call:
            with pytest.raises(SystemFault, match="another plugin's table"):
                await call.ctx("kinds").get(Person, uuid7())

    async def test_after_the_unit_is_over_it_refuses(self, on: Process, tenants: Tenants) -> None:
        async with call_in(on, tenants.hanbit) as call:
            ctx = call.ctx("kinds")
        with pytest.raises(UnitClosed):
            _ = ctx.db

    async def test_a_readonly_call_can_not_write(self, on: Process, tenants: Tenants) -> None:
        async with call_in(on, tenants.hanbit, readonly=True) as call:
            with pytest.raises(Exception, match="read-only transaction"):
                await call.ctx("kinds").db.execute(text("DELETE FROM plugin_kinds.note"))

    async def test_what_is_written_aside_outlasts_a_refusal(
        self, on: Process, tenants: Tenants
    ) -> None:
        note = module("models").Note
        with pytest.raises(PermissionDenied):  # noqa: PT012
            async with call_in(on, tenants.hanbit) as call:
                ctx = call.ctx("kinds")
                ctx.db.add(note(text="lost"))
                async with ctx.aside() as aside:
                    aside.db.add(note(text="kept"))
                raise PermissionDenied
        async with call_in(on, tenants.hanbit) as call:
            rows = await call.ctx("kinds").read(module("queries").NOTES)
        assert {row.text for row in rows} == {"kept", "welcome"}


class TestWho:
    async def test_nobody(self, on: Process, tenants: Tenants) -> None:
        async with call_in(on, tenants.hanbit) as call:
            ctx = call.ctx("kinds")
            assert (ctx.user, ctx.tenant.slug) == (None, "hanbit")
            assert not ctx.can("kinds:note:read")
            with pytest.raises(PermissionDenied):
                _ = ctx.me
            with pytest.raises(PermissionDenied):
                ctx.require(module("permissions").READ)

    async def test_a_member(self, on: Process, tenants: Tenants) -> None:
        who = await person(on, tenants)
        seed = ContextSeed(tenant=tenant(tenants.hanbit), plugin="kinds", actor=who, locale="en")
        async with open_call(on.services, seed) as call:
            ctx = call.ctx("kinds")
            assert (ctx.me.name, ctx.locale, str(ctx.zone)) == ("김보라", "en", "Asia/Seoul")
            assert ctx.can(module("permissions").READ)
            assert not ctx.can(module("permissions").WRITE)
            assert (await ctx.people.names([who])) == {who: "김보라"}
            assert ctx.seed.model_dump(exclude={"trace"}) == seed.model_dump(exclude={"trace"})

    async def test_a_seed_of_a_tenant_that_is_gone(self, on: Process) -> None:
        with pytest.raises(TenantGone):
            async with open_call(on.services, ContextSeed(tenant=uuid7(), plugin="kinds")):
                pass


class TestSettings:
    async def test_defaults(self, on: Process, tenants: Tenants) -> None:
        async with call_in(on, tenants.hanbit) as call:
            found = await call.ctx("kinds").settings(module("settings").KindsSettings)
        assert (found.prefix, found.longest) == ("", 200)

    async def test_a_change_reaches_this_and_every_other_process(
        self, on: Process, tenants: Tenants, settings: Settings, kinds: PluginHost
    ) -> None:
        model, hanbit = module("settings").KindsSettings, tenant(tenants.hanbit)
        async with process(settings, kinds) as other:
            stores = [of.services.settings_store for of in (on, other)]
            assert [(await s.get(hanbit, "kinds", model)).prefix for s in stores] == ["", ""]
            heard = asyncio.Event()
            other.signals.on("setting", lambda *_: _set(heard))
            async with call_in(on, tenants.hanbit) as call:
                await stores[0].put(call.unit, hanbit, "kinds", model(prefix="* "))
            assert (await stores[0].get(hanbit, "kinds", model)).prefix == "* "
            await asyncio.wait_for(heard.wait(), 2)
            assert (await stores[1].get(hanbit, "kinds", model)).prefix == "* "
            assert (await stores[1].get(tenant(tenants.saebom), "kinds", model)).prefix == ""

    async def test_values_that_are_no_longer_valid_fall_back(
        self, on: Process, tenants: Tenants
    ) -> None:
        content = {"prefix": "* ", "longest": -1, "gone": True}
        async with call_in(on, tenants.hanbit) as call:
            row = insert(Setting).values(id=uuid7(), plugin="kinds", content=content, version=1)
            await call.unit.db.execute(row)
        async with call_in(on, tenants.hanbit) as call:
            found = await call.ctx("kinds").settings(module("settings").KindsSettings)
        assert (found.prefix, found.longest) == ("* ", 200)


class TestParts:
    async def test_jobs_leave_with_the_transaction(self, on: Process, tenants: Tenants) -> None:
        job, count = module("jobs").write_many, module("schemas").Count
        async with call_in(on, tenants.hanbit) as call:
            await call.ctx("kinds").jobs.enqueue(job, count(count=2))
        async with call_in(on, tenants.hanbit) as call:
            found = await call.unit.db.execute(text("SELECT kind FROM maru.job"))
            assert found.scalars().all() == ["kinds.write_many"]

    async def test_another_plugins_job_is_refused(self, on: Process, tenants: Tenants) -> None:
        async with call_in(on, tenants.hanbit) as call:
            with pytest.raises(SystemFault, match="another plugin's job"):
                await call.ctx("core").jobs.enqueue(module("jobs").write_many)

    async def test_events_are_published_with_the_commit(
        self, on: Process, tenants: Tenants
    ) -> None:
        async with call_in(on, tenants.hanbit) as call:
            await module("service").write(call.ctx("kinds"), "hello")
            assert on.published.events == []
        assert [event.name for event in on.published.events] == ["kinds.note_written"]

    async def test_another_plugins_event_is_refused(self, on: Process, tenants: Tenants) -> None:
        event = module("api").NoteWritten(note_id=uuid7(), text="")
        async with call_in(on, tenants.hanbit) as call:
            with pytest.raises(SystemFault, match="another plugin's event"):
                await call.ctx("core").publish(event)

    async def test_the_cache_computes_once_and_drops_by_tag(
        self, on: Process, tenants: Tenants
    ) -> None:
        count, made = module("schemas").Count, []

        async def make() -> Any:
            made.append(1)
            return count(count=len(made))

        async def look() -> int:
            async with call_in(on, tenants.hanbit) as call:
                cache = call.ctx("kinds").cache
                return int((await cache.get_or("n", "5m", make, count, tags=["notes"])).count)

        assert [await look(), await look()] == [1, 1]
        async with call_in(on, tenants.hanbit) as call:
            await call.ctx("kinds").cache.drop("notes")
        assert [await look(), await look()] == [2, 2]

    async def test_blocking_work_runs_in_a_thread(self, on: Process, tenants: Tenants) -> None:
        async with call_in(on, tenants.hanbit) as call:
            ctx = call.ctx("kinds")
            assert await ctx.run(divmod, 7, 2) == (3, 1)
            assert await ctx.run(threading.get_ident) != threading.get_ident()

    async def test_words_come_from_the_plugins_catalogue(
        self, on: Process, tenants: Tenants
    ) -> None:
        async with call_in(on, tenants.hanbit) as call:
            assert call.ctx("kinds").t("Hi {who}", who="you") == "kinds/ko: Hi you"
            assert call.t("Hi") == "maru/ko: Hi"
            declaration = module("portlets").recent_notes
            assert call.translate(declaration.title, declaration) == "kinds/ko: Notes"

    async def test_the_audit_line_knows_the_plugin(self, on: Process, tenants: Tenants) -> None:
        async with call_in(on, tenants.hanbit) as call:
            await call.ctx("kinds").audit("note.read", "note:1", after={"n": 1})
        async with call_in(on, tenants.hanbit) as call:
            line = text("SELECT plugin, action, after FROM maru.audit WHERE target = 'note:1'")
            assert (await call.unit.db.execute(line)).all() == [("kinds", "note.read", {"n": 1})]

    async def test_log_fields_may_have_any_name(
        self, on: Process, tenants: Tenants, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG", "maru.plugin.kinds")
        async with call_in(on, tenants.hanbit) as call:
            log = call.ctx("kinds").log
            for level in (log.debug, log.info, log.warning, log.error):
                level("100 % done", level="x", timestamp="y", plugin="z", note=1)
        written = [r for r in caplog.records if r.name == "maru.plugin.kinds"]
        assert [r.levelname for r in written] == ["DEBUG", "INFO", "WARNING", "ERROR"]
        fields = {"level_": "x", "timestamp_": "y", "plugin": "kinds", "tenant": "hanbit"}
        assert fields.items() <= vars(written[0])["fields"].items()
        assert written[0].getMessage() == "100 % done"
