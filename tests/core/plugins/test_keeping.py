"""What a plugin keeps: for whom, until when, and what nobody else gets to see."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from tests.core.jobs.house import until
from tests.core.plugins.test_context import module, person
from tests.core.plugins.working import call_in, enable, tenant
from tests.engines import Tenants
from tests.plugins.process import Process, process

from maru.access.granted import Granted
from maru.db import Scope
from maru.plugins.context import Call, open_call
from maru.plugins.registry import PluginHost
from maru.settings import Settings
from maru_sdk import ContextSeed, InvalidInput, NotFound, SystemFault, cached
from maru_sdk.db import uuid7


@pytest.fixture
async def on(running: Process, tenants: Tenants) -> Process:
    """The plugin of every kind is on in both tenants."""
    sys.modules.pop("maru_kinds.kept", None)
    for scope in (tenants.hanbit, tenants.saebom):
        await enable(running, scope, "kinds")
    __import__("maru_kinds.kept")
    return running


def ran() -> int:
    """How often a function ran rather than its answer was kept."""
    return sum(what == "cached" for what, _ in module("seen").CALLS)


@asynccontextmanager
async def asking(
    of: Process, scope: Scope, actor: UUID | None = None, **given: Any
) -> AsyncIterator[Call]:
    seed = ContextSeed(tenant=tenant(scope), plugin="kinds", actor=actor, **given)
    async with open_call(of.services, seed) as call:
        yield call


async def told(of: Process, scope: Scope, text: str = "a", **given: Any) -> Any:
    async with asking(of, scope, **given) as call:
        return await module("kept").told(call.ctx("kinds"), text)


async def write(of: Process, scope: Scope, text: str, *tags: str) -> UUID:
    async with call_in(of, scope) as call:
        ctx = call.ctx("kinds")
        note = module("models").Note(text=text)
        ctx.db.add(note)
        await ctx.db.flush()
        await ctx.cache.drop(*(tags or ("notes", f"note:{note.id}")))
        return UUID(str(note.id))


class TestKept:
    async def test_once_and_until_its_tag_is_dropped(self, on: Process, tenants: Tenants) -> None:
        assert ["new" in (await told(on, tenants.hanbit)).notes for _ in range(3)] == [False] * 3
        assert ran() == 1
        await write(on, tenants.hanbit, "new")
        assert "new" in (await told(on, tenants.hanbit)).notes
        assert ran() == 2

    async def test_arguments_locale_and_tenant_are_parts_of_the_key(
        self, on: Process, tenants: Tenants
    ) -> None:
        await told(on, tenants.hanbit)
        await told(on, tenants.hanbit, text="b")
        await told(on, tenants.hanbit, locale="en")
        await told(on, tenants.saebom)
        assert ran() == 4

    async def test_each_caller_gets_objects_of_its_own(self, on: Process, tenants: Tenants) -> None:
        (await told(on, tenants.hanbit)).notes.append("mine")
        assert "mine" not in (await told(on, tenants.hanbit)).notes

    async def test_another_process_finds_it(
        self, on: Process, tenants: Tenants, settings: Settings, kinds: PluginHost
    ) -> None:
        async with process(settings, kinds) as other:
            await told(on, tenants.hanbit)
            await until(lambda: _is_shared(other, tenants))
            assert ran() == 1

    async def test_none_is_kept(self, on: Process, tenants: Tenants) -> None:
        missing = uuid7()
        for _ in range(3):
            async with asking(on, tenants.hanbit) as call:
                assert await module("kept").own(call.ctx("kinds"), missing) is None
        assert ran() == 1

    async def test_a_refusal_is_kept_with_its_class_and_details(
        self, on: Process, tenants: Tenants
    ) -> None:
        missing = uuid7()
        for _ in range(3):
            async with asking(on, tenants.hanbit) as call:
                with pytest.raises(module("kept").NoteMissing) as refused:
                    await module("kept").must_be(call.ctx("kinds"), missing)
                assert refused.value.code == "KINDS_NOTE_MISSING"
                assert refused.value.details == {"note_id": str(missing)}
        assert ran() == 1

    async def test_what_is_absent_is_kept_for_a_short_time(
        self, on: Process, tenants: Tenants
    ) -> None:
        async with asking(on, tenants.hanbit) as call:
            assert await module("kept").own(call.ctx("kinds"), uuid7()) is None
        (entry,) = on.services.cache.memory._entries.values()
        left = entry.ends - on.services.cache.memory._clock()
        assert left <= 10

    async def test_arguments_are_what_their_types_say(self, on: Process, tenants: Tenants) -> None:
        note = await write(on, tenants.hanbit, "x")
        for said in (note, str(note), str(note).upper()):
            async with asking(on, tenants.hanbit) as call:
                found = await module("kept").own(call.ctx("kinds"), said)
                assert found.notes == ["x"]
        assert ran() == 1


async def _is_shared(other: Process, tenants: Tenants) -> bool:
    before = ran()
    other.services.cache.memory.clear()
    await told(other, tenants.hanbit)
    return ran() == before


class TestForWhom:
    async def test_what_all_share_knows_nobody(self, on: Process, tenants: Tenants) -> None:
        """The person who happens to ask first leaves no trace in what everybody gets."""
        bora = await person(on, tenants)
        assert (await told(on, tenants.hanbit, actor=bora)).who is None

    async def test_declared_permissions_are_part_of_the_key(
        self, on: Process, tenants: Tenants
    ) -> None:
        bora = await person(on, tenants)
        async with asking(on, tenants.hanbit, bora) as call:
            call.granted = Granted(frozenset({"kinds:note:write", "kinds:note:read"}))
            may = await module("kept").told(call.ctx("kinds"), "a")
            call.granted = Granted(frozenset({"kinds:note:read"}))
            may_not = await module("kept").told(call.ctx("kinds"), "a")
            call.granted = Granted.NOBODY
            nobody = await module("kept").told(call.ctx("kinds"), "a")
        assert (may.may_write, may_not.may_write, nobody.may_write) == (True, False, False)
        assert (may.may_read, may_not.may_read) == (False, False)  # not declared
        assert ran() == 2

    async def test_who_has_it_for_the_same_things_shares_an_answer(
        self, on: Process, tenants: Tenants
    ) -> None:
        """A right on some things alone, in one order or another, and rights that aren't declared;
        then one thing more or less, a department instead, another department."""
        write, here, there = "kinds:note:write", uuid7(), uuid7()
        two = frozenset({"note:1", "note:2"})
        same = [
            Granted(resources={write: two}),
            Granted(frozenset({"kinds:note:read"}), resources={write: two}, roles=("admin",)),
            Granted(resources={write: frozenset(sorted(two, reverse=True))}),
        ]
        others = [
            Granted(resources={write: frozenset({"note:1"})}),
            Granted(resources={write: two | {"note:3"}}),
            Granted(departments={write: frozenset({here})}),
            Granted(departments={write: frozenset({there})}),
            Granted(departments={write: frozenset({here})}, resources={write: two}),
            Granted(frozenset({write}), resources={write: two}),
            Granted.NOBODY,
        ]
        bora = await person(on, tenants)
        for rights in (*same, *others, *same, *others):
            async with asking(on, tenants.hanbit, bora) as call:
                call.granted = rights
                await module("kept").told(call.ctx("kinds"), "a")
        assert ran() == 1 + len(others)

    async def test_what_makes_it_later_holds_nothing_of_who_asked(
        self, on: Process, tenants: Tenants
    ) -> None:
        bora = await person(on, tenants)
        for _ in range(3):
            async with asking(on, tenants.hanbit, bora) as call:
                await module("kept").told(call.ctx("kinds"), "a")
        (entry,) = on.services.cache.memory._entries.values()
        assert entry.again is not None
        held = _held(entry.again.make)
        assert call not in held
        assert call.user not in held
        (own,) = (one for one in held if isinstance(one, Call))
        assert (own.user, own.caller, own.jar, own.granted) == (None, None, {}, Granted())

    async def test_what_many_ask_for_is_made_anew_after_a_drop(
        self, on: Process, tenants: Tenants
    ) -> None:
        for _ in range(3):
            await told(on, tenants.hanbit)
        await write(on, tenants.hanbit, "new")
        await until(lambda: _made_anew(on))
        before = ran()
        assert "new" in (await told(on, tenants.hanbit)).notes
        assert ran() == before == 2

    async def test_a_persons_own_is_nobody_elses(self, on: Process, tenants: Tenants) -> None:
        note, bora = await write(on, tenants.hanbit, "x"), await person(on, tenants)
        who = []
        for actor in (bora, None, bora):
            async with asking(on, tenants.hanbit, actor) as call:
                who.append((await module("kept").own(call.ctx("kinds"), note)).who)
        assert who == ["bora", None, "bora"]
        assert ran() == 2

    async def test_a_persons_own_changes_with_their_rights(
        self, on: Process, tenants: Tenants
    ) -> None:
        note, bora = await write(on, tenants.hanbit, "x"), await person(on, tenants)
        async with asking(on, tenants.hanbit, bora) as call:
            assert (await module("kept").own(call.ctx("kinds"), note)).may_write is False
            call.granted = Granted(frozenset({"kinds:note:write"}))
            assert (await module("kept").own(call.ctx("kinds"), note)).may_write is True

    async def test_a_persons_own_stays_in_the_process(
        self, on: Process, tenants: Tenants, settings: Settings, kinds: PluginHost
    ) -> None:
        note = await write(on, tenants.hanbit, "x")
        async with process(settings, kinds) as other:
            for one in (on, other):
                async with asking(one, tenants.hanbit) as call:
                    await module("kept").own(call.ctx("kinds"), note)
        assert ran() == 2
        (entry,) = on.services.cache.memory._entries.values()
        assert entry.ends - on.services.cache.memory._clock() <= 60  # of the five minutes declared


def _held(make: Any) -> list[Any]:
    """What a partial holds, those within it too."""
    inner = _held(make.func) if isinstance(make, partial) else []
    return [*getattr(make, "args", ()), *getattr(make, "keywords", {}).values(), *inner]


async def _made_anew(of: Process) -> bool:
    return bool(of.services.cache.refreshed.total()) and len(of.services.cache.memory) == 1


class TestTransactions:
    async def test_own_writes_are_seen_and_not_kept(self, on: Process, tenants: Tenants) -> None:
        await told(on, tenants.hanbit)
        async with asking(on, tenants.hanbit) as call:
            ctx = call.ctx("kinds")
            ctx.db.add(module("models").Note(text="never"))
            await ctx.db.flush()
            await ctx.cache.drop("notes")
            assert "never" in (await module("kept").told(ctx, "a")).notes
            await call.unit.rollback()
        assert "never" not in (await told(on, tenants.hanbit)).notes

    async def test_what_isnt_committed_is_never_kept(self, on: Process, tenants: Tenants) -> None:
        """Even where the author forgot to drop the tag."""
        async with asking(on, tenants.hanbit) as call:
            ctx = call.ctx("kinds")
            ctx.db.add(module("models").Note(text="not yet"))
            await ctx.db.flush()
            assert "not yet" not in (await module("kept").told(ctx, "a")).notes

    async def test_get_or_in_a_transaction_keeps_nothing(
        self, on: Process, tenants: Tenants
    ) -> None:
        model, made = module("schemas").Count, []

        async def make() -> Any:
            made.append(1)
            return model(count=len(made))

        for _ in range(2):
            async with asking(on, tenants.hanbit) as call:
                ctx = call.ctx("kinds")
                ctx.db.add(module("models").Note(text="x"))
                await ctx.db.flush()
                await ctx.cache.get_or("n", "5m", make, model)
        assert len(made) == 2

    async def test_changed_settings_drop_what_the_plugin_kept(
        self, on: Process, tenants: Tenants
    ) -> None:
        await told(on, tenants.hanbit)
        await told(on, tenants.saebom)
        async with call_in(on, tenants.hanbit) as call:
            new = module("settings").KindsSettings(prefix=">")
            store = on.services.settings_store
            await store.put(call.unit, tenant(tenants.hanbit), "kinds", new)
        await told(on, tenants.hanbit)
        await told(on, tenants.saebom)
        assert ran() == 3


BAD_TAGS: dict[str, Any] = {
    "a space": "two words",
    "nothing": "",
    "too long": "x" * 201,
    "a number": 7,
    "none": None,
    "a line end": "a\nb",
    "everything": "*",
    "core's own": "@kinds",
    "a place": "note:{id}",
}


class TestBadInput:
    @pytest.mark.parametrize("tag", BAD_TAGS.values(), ids=BAD_TAGS.keys())
    async def test_a_bad_tag_is_refused_where_it_is_used(
        self, on: Process, tenants: Tenants, tag: Any
    ) -> None:
        model = module("schemas").Count

        async def make() -> Any:
            return model()

        async with asking(on, tenants.hanbit) as call:
            cache = call.ctx("kinds").cache
            with pytest.raises(InvalidInput, match=r"The tag|More"):
                await cache.drop("fine", tag)
            with pytest.raises(InvalidInput, match=r"The tag|More"):
                await cache.get_or("n", "5m", make, model, tags=[tag])

    @pytest.mark.parametrize("key", ["", "x" * 501, 7])
    async def test_a_bad_key_is_refused(self, on: Process, tenants: Tenants, key: Any) -> None:
        model = module("schemas").Count

        async def make() -> Any:
            return model()

        async with asking(on, tenants.hanbit) as call:
            with pytest.raises(InvalidInput):
                await call.ctx("kinds").cache.get_or(key, "5m", make, model)

    async def test_more_tags_than_anybody_needs(self, on: Process, tenants: Tenants) -> None:
        async with asking(on, tenants.hanbit) as call:
            with pytest.raises(InvalidInput, match="More than 32"):
                await call.ctx("kinds").cache.drop(*(f"t{n}" for n in range(33)))

    async def test_another_plugins_function_is_refused(self, on: Process, tenants: Tenants) -> None:
        async with asking(on, tenants.hanbit) as call:
            with pytest.raises(SystemFault, match="another plugin's function"):
                await module("kept").told(call.ctx("core"), "a")

    async def test_not_found_of_get_or_is_kept_too(self, on: Process, tenants: Tenants) -> None:
        made = []

        async def make() -> Any:
            made.append(1)
            raise NotFound("There is no {what}", what="such thing")

        for _ in range(3):
            async with asking(on, tenants.hanbit) as call:
                with pytest.raises(NotFound, match="There is no such thing"):
                    await call.ctx("kinds").cache.get_or("n", "5m", make, module("schemas").Count)
        assert len(made) == 1


def declared(source: str, ttl: str = "5m", which: str = "f", **given: Any) -> Any:
    scope: dict[str, Any] = {"__name__": "maru_kinds"}
    exec(f"async def f{source}: ...\ndef g{source}: ...", scope)
    return cached(ttl, **given)(scope[which])


class TestDeclarations:
    @pytest.mark.parametrize("tag", [*BAD_TAGS.values(), "{", "a{b.c}", "{}", "{other}", "{n!r}"])
    def test_a_bad_tag_is_refused_where_it_isdeclared(self, tag: Any) -> None:
        with pytest.raises(ValueError, match="tag"):
            declared("(ctx, n: int) -> int", tags=(tag,))

    def test_one_tag_needs_no_tuple(self) -> None:
        assert declared("(ctx) -> int", tags="posts").tags == ("posts",)

    @pytest.mark.parametrize(
        ("source", "given", "says"),
        [
            ("(ctx) -> int", {"ttl": "5 minutes"}, "is not a duration"),
            ("(ctx) -> int", {"ttl": "0s"}, "no time at all"),
            ("(ctx) -> int", {"audience": "all"}, "unknown audience"),
            ("(ctx) -> int", {"needs": ["board:read"]}, "no Permission"),
            ("(ctx, n) -> int", {}, "no type for 'n'"),
            ("(ctx, *n: int) -> int", {}, "name each parameter"),
            ("(n: int) -> int", {}, "doesn't take 'ctx'"),
            ("(ctx)", {}, "what it returns"),
            ("(ctx) -> object", {"which": "g"}, "is not async"),
            ("(ctx, n: type(f'')) -> type(open)", {}, "can't be kept as JSON"),
        ],
    )
    def test_what_else_can_be_wrong(self, source: str, given: Any, says: str) -> None:
        with pytest.raises(ValueError, match=says):
            declared(source, **given)
