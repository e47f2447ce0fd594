"""Switching plugins on and off for a tenant."""

import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import text
from tests.core.plugins.working import call_in, disable, enable, tenant
from tests.engines import Tenants
from tests.plugins.process import Process, migrate_plugins, process
from tests.plugins.shelf import SDK, Shelf

from maru.db import Scope
from maru.db.migrate import migrate_async
from maru.plugins import switchboard
from maru.plugins.faults import StrictPlugins
from maru.plugins.migrated import migrations
from maru.plugins.registry import PluginHost
from maru.plugins.switchboard import Listing
from maru.settings import Settings


async def listing(of: Process, scope: Scope, key: str) -> Listing:
    async with call_in(of, scope) as call:
        found = await of.services.switchboard.list(call)
    return next(one for one in found if one.key == key)


async def until(true: Callable[[], bool], seconds: float) -> float:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds
        await asyncio.sleep(0.01)
    return time.monotonic() - began


async def permissions(of: Process, scope: Scope) -> list[tuple[str, str]]:
    async with call_in(of, scope) as call:
        rows = await call.unit.db.execute(
            text(
                "SELECT r.key, p.permission FROM maru.role_permission p JOIN maru.role r"
                " ON r.id = p.role_id WHERE p.permission LIKE 'kinds:%' ORDER BY 1, 2"
            )
        )
        return [(role, permission) for role, permission in rows]


class TestEnable:
    async def test_it_is_on_here_and_nowhere_else(self, running: Process, tenants: Tenants) -> None:
        assert await enable(running, tenants.hanbit, "kinds")
        gate = running.services.gate
        assert gate.on(tenant(tenants.hanbit), "kinds")
        assert not gate.on(tenant(tenants.saebom), "kinds")
        assert gate.tenants_with("kinds") == [tenant(tenants.hanbit)]

    async def test_twice_is_once(self, running: Process, tenants: Tenants) -> None:
        assert await enable(running, tenants.hanbit, "kinds")
        assert not await enable(running, tenants.hanbit, "kinds")
        assert running.services.gate.generation == 1

    async def test_every_process_obeys_within_two_seconds(
        self, running: Process, tenants: Tenants, settings: Settings, kinds: PluginHost
    ) -> None:
        async with process(settings, kinds) as other:
            gate, hanbit = other.services.gate, tenant(tenants.hanbit)
            await enable(running, tenants.hanbit, "kinds")
            await until(lambda: gate.on(hanbit, "kinds"), 2)
            await disable(running, tenants.hanbit, "kinds")
            await until(lambda: not gate.on(hanbit, "kinds"), 2)
            assert gate.generation == running.services.gate.generation == 2

    async def test_a_rolled_back_switch_changes_nothing(
        self, running: Process, tenants: Tenants
    ) -> None:
        with suppress(ZeroDivisionError):
            async with call_in(running, tenants.hanbit) as call:
                assert await running.services.switchboard.enable(call, "kinds")
                raise ZeroDivisionError
        assert not running.services.gate.on(tenant(tenants.hanbit), "kinds")
        assert (await listing(running, tenants.hanbit, "kinds")).generation == 0

    async def test_the_life_cycle_point_knows_the_first_time(
        self, running: Process, tenants: Tenants
    ) -> None:
        calls = sys.modules["maru_kinds.seen"].CALLS
        await enable(running, tenants.hanbit, "kinds")
        await disable(running, tenants.hanbit, "kinds")
        await enable(running, tenants.hanbit, "kinds")
        assert calls == [
            ("switched on", "True"),
            ("switched off", "kinds"),
            ("switched on", "False"),
        ]

    async def test_roles_get_its_permissions_and_an_admins_removal_stays(
        self, running: Process, tenants: Tenants
    ) -> None:
        await enable(running, tenants.hanbit, "kinds")
        assert ("member", "kinds:note:read") in await permissions(running, tenants.hanbit)
        async with call_in(running, tenants.hanbit) as call:
            await call.unit.db.execute(
                text("DELETE FROM maru.role_permission WHERE permission = 'kinds:note:write'")
            )
        await disable(running, tenants.hanbit, "kinds")
        await enable(running, tenants.hanbit, "kinds")
        left = await permissions(running, tenants.hanbit)
        assert {permission for _, permission in left} == {"kinds:note:read"}

    async def test_data_stays_and_comes_back(self, running: Process, tenants: Tenants) -> None:
        await enable(running, tenants.hanbit, "kinds")
        await disable(running, tenants.hanbit, "kinds")
        await enable(running, tenants.hanbit, "kinds")
        notes = sys.modules["maru_kinds.queries"].NOTES
        async with call_in(running, tenants.hanbit) as call:
            assert [row.text for row in await call.ctx("kinds").read(notes)] == ["welcome"]

    async def test_the_audit_trail_says_so(self, running: Process, tenants: Tenants) -> None:
        await enable(running, tenants.hanbit, "kinds")
        async with call_in(running, tenants.hanbit) as call:
            lines = await call.unit.db.execute(text("SELECT action, target FROM maru.audit"))
            assert lines.all() == [("plugin.enabled", "plugin:kinds")]

    async def test_twenty_at_once_switch_once(self, running: Process, tenants: Tenants) -> None:
        done = await asyncio.gather(*(enable(running, tenants.hanbit, "kinds") for _ in range(20)))
        assert sorted(done) == [False] * 19 + [True]


class TestRefusals:
    async def test_an_unknown_plugin(self, running: Process, tenants: Tenants) -> None:
        with pytest.raises(switchboard.PluginNotFound) as fault:
            await enable(running, tenants.hanbit, "nothing")
        assert (fault.value.status, fault.value.code) == (404, "PLUGIN_NOT_FOUND")

    async def test_migrations_that_have_not_run(
        self, settings: Settings, tenants: Tenants, kinds: PluginHost, shelf: Shelf
    ) -> None:
        host = PluginHost.load({}, path=shelf.path)
        async with process(settings, host) as found:
            with pytest.raises(switchboard.PluginNotMigrated) as fault:
                await enable(found, tenants.hanbit, "kinds")
            assert fault.value.details["command"] == "maru migrate"
            aside = await listing(found, tenants.hanbit, "kinds")
            assert aside.state == "set_aside"
            assert aside.reason == "Its migrations have not run. Run: maru migrate"

    async def test_after_migrating_it_can_be_switched_on_without_a_restart(
        self, settings: Settings, tenants: Tenants, kinds: PluginHost, shelf: Shelf
    ) -> None:
        host = PluginHost.load({}, path=shelf.path)
        async with process(settings, host) as found:
            await migrate_plugins(settings, host)
            await enable(found, tenants.hanbit, "kinds")
            assert found.services.gate.on(tenant(tenants.hanbit), "kinds")
            assert (await listing(found, tenants.hanbit, "kinds")).state == "enabled"

    async def test_a_migration_that_fails_is_said_with_its_reason(
        self, settings: Settings, tenants: Tenants, shelf: Shelf
    ) -> None:
        bad = """
            from alembic import op

            revision = "0001"
            down_revision = branch_labels = depends_on = None

            def upgrade():
                op.execute("SELECT 'it''s' FROM nowhere WHERE 100 % 7 = 2")
            """
        source = """
            from maru_sdk import Plugin

            plugin = Plugin(title="Apple", migrations="migrations")
            """
        shelf.add("apple", source, files={"migrations/0001.py": bad})
        shelf.add("pear", needs=[SDK, "maru-apple"])
        host = PluginHost.load({}, path=shelf.path)
        async with process(settings, host) as found:
            report = await migrate_async(settings, plugins=migrations(host))
            assert list(report.failed) == ["apple"]
            aside = await listing(found, tenants.hanbit, "apple")
            assert aside.state == "set_aside"
            reason = "Its migration failed: ProgrammingError: "
            await until(lambda: reason in found.services.gate.unmigrated["apple"], 2)
            assert 'relation "nowhere" does not exist' in found.services.gate.unmigrated["apple"]
            with pytest.raises(switchboard.PluginNotMigrated):
                await enable(found, tenants.hanbit, "apple")

    async def test_migrations_that_can_not_be_read(
        self, settings: Settings, tenants: Tenants, shelf: Shelf
    ) -> None:
        source = "from maru_sdk import Plugin\nplugin = Plugin(title='A', migrations='versions')"
        shelf.add("apple", source, files={"versions/0001.py": "raise SystemExit(1)"})
        async with process(settings, PluginHost.load({}, path=shelf.path)) as found:
            reason = found.services.gate.unmigrated["apple"]
            assert reason.startswith("Its migrations can't be read: SystemExit")

    async def test_strict_and_not_migrated_is_fatal(
        self, settings: Settings, kinds: PluginHost
    ) -> None:
        with pytest.raises(StrictPlugins, match=r"'kinds'.*migrations have not run"):
            async with process(settings, kinds):
                pass

    async def test_providers_and_users(
        self, settings: Settings, tenants: Tenants, shelf: Shelf
    ) -> None:
        shelf.add("pear")
        shelf.add("apple", needs=[SDK, "maru-pear"])
        host = PluginHost.load({}, path=shelf.path)
        async with process(settings, host) as found:
            hanbit = tenants.hanbit
            with pytest.raises(switchboard.PluginNeeds) as needs:
                await enable(found, hanbit, "apple")
            assert needs.value.details["needs"] == ["pear"]
            await enable(found, hanbit, "pear")
            await enable(found, hanbit, "apple")
            with pytest.raises(switchboard.PluginNeeded) as needed:
                await disable(found, hanbit, "pear")
            assert needed.value.details["needed_by"] == ["apple"]
            await disable(found, hanbit, "apple")
            await disable(found, hanbit, "pear")
            assert not found.services.gate.on(tenant(hanbit), "pear")

    async def test_a_plugin_set_aside(
        self, settings: Settings, tenants: Tenants, shelf: Shelf
    ) -> None:
        shelf.add("apple", "1 / 0")
        async with process(settings, PluginHost.load({}, path=shelf.path)) as found:
            with pytest.raises(switchboard.PluginSetAside, match="ZeroDivisionError"):
                await enable(found, tenants.hanbit, "apple")
            one = await listing(found, tenants.hanbit, "apple")
            assert (one.state, one.version) == ("set_aside", "1.0")

    async def test_an_enabled_plugin_that_broke_is_off_and_can_be_switched_off(
        self, settings: Settings, tenants: Tenants, shelf: Shelf
    ) -> None:
        shelf.add("apple")
        async with process(settings, PluginHost.load({}, path=shelf.path)) as found:
            await enable(found, tenants.hanbit, "apple")
        shelf.forget()
        (shelf.folder / "maru_apple" / "__init__.py").write_text("1 / 0  # broken by an update\n")
        async with process(settings, PluginHost.load({}, path=shelf.path)) as found:
            assert not found.services.gate.on(tenant(tenants.hanbit), "apple")
            assert await disable(found, tenants.hanbit, "apple")

    async def test_a_life_cycle_point_that_raises_refuses(
        self, settings: Settings, tenants: Tenants, shelf: Shelf
    ) -> None:
        shelf.add(
            "apple",
            """
            from maru_sdk import Conflict, Context, Plugin
            from maru_sdk.lifecycle import Switched, switched_on

            class NotNow(Conflict):
                message = "Not now"

            @switched_on.extend
            async def never(ctx: Context, ask: Switched) -> None:
                raise NotNow

            plugin = Plugin(title="Apple", fills=[never])
            """,
        )
        async with process(settings, PluginHost.load({}, path=shelf.path)) as found:
            for _ in range(5):
                with pytest.raises(Exception, match="Not now"):
                    await enable(found, tenants.hanbit, "apple")
            assert not found.services.gate.on(tenant(tenants.hanbit), "apple")


class TestBridges:
    async def test_a_bridge_is_on_where_both_are(
        self, settings: Settings, tenants: Tenants, shelf: Shelf
    ) -> None:
        glue = """
            from maru_apple import Out, get, Context, Part

            @get("/glue", public=True, no_store="a test")
            async def glue(ctx: Context) -> Out:
                return Out()

            bridge = Part(routes=[glue])
            """
        source = """
            from maru_sdk import Context, Model, Part, Plugin, get

            class Out(Model):
                n: int = 1

            plugin = Plugin(title="Apple")
            """
        bridges = {"apple.pear": "maru_apple.glue:bridge"}
        shelf.add("apple", source, files={"glue.py": glue}, bridges=bridges)
        shelf.add("pear")
        host = PluginHost.load({}, path=shelf.path, strict=True)
        assert [i.key for i, _ in host.declared("routes")] == ["apple.pear"]
        async with process(settings, host) as found:
            gate, hanbit = found.services.gate, tenant(tenants.hanbit)
            await enable(found, tenants.hanbit, "apple")
            assert not gate.on(hanbit, "apple.pear")
            await enable(found, tenants.hanbit, "pear")
            assert gate.on(hanbit, "apple.pear")
            async with call_in(found, tenants.hanbit) as call:
                assert call.ctx("apple.pear").owner == "apple"
            await disable(found, tenants.hanbit, "pear")
            assert not gate.on(hanbit, "apple.pear")

    def test_without_its_partner_it_is_not_imported(self, shelf: Shelf) -> None:
        shelf.add("apple", bridges={"apple.pear": "maru_apple.glue:bridge"})
        host = PluginHost.load({}, path=shelf.path, strict=True)
        assert (host.bridges, host.set_aside) == ({}, {})

    def test_a_partner_of_another_version(self, shelf: Shelf) -> None:
        needs = [SDK, 'maru-pear>=2; extra == "pear"']
        shelf.add("apple", needs=needs, bridges={"apple.pear": "maru_apple.glue:bridge"})
        shelf.add("pear")
        host = PluginHost.load({}, path=shelf.path)
        assert host.set_aside["apple.pear"].reason == "It fits maru-pear>=2; installed is 1.0."
        assert list(host.installed) == ["apple", "pear"]
