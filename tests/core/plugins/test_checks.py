"""Every fault of a declaration sets its plugin aside, with a reason that names it."""

import pytest
from tests.plugins.shelf import SDK, Shelf

from maru.plugins.registry import PluginHost

PRELUDE = """
from datetime import datetime
from typing import Any
from uuid import UUID
from pydantic import BaseModel
from maru_sdk import *
from maru_sdk.operation import command, health_check, metric
from maru_sdk.lifecycle import Switched, switched_on

READ = Permission("apple:fruit:read", "Read")

class Out(Model):
    n: int = 0

class Ask(Model):
    n: int = 0

"""

ROUTE = """
@get("/x", signed_in=True, no_store="t")
async def x(ctx: Context) -> Out: ...
plugin = Plugin(title="A", routes=[x])
"""

FAULTS = {
    "no plugin but a text": ("plugin = 'apple'", "is no Plugin but 'apple'"),
    "no such name": ("plugin_ = 1", "names nothing: maru_apple has no 'plugin'; write"),
    "import error": ("import nowhere.at_all", "Importing maru_apple failed: ModuleNotFoundError"),
    "system exit": ("raise SystemExit(3)", "Importing maru_apple failed: SystemExit: 3"),
    "syntax error": ("def (", "Importing maru_apple failed: SyntaxError"),
    "base exception": (
        "class Stop(BaseException): ...\nraise Stop('now')",
        "Importing maru_apple failed: Stop: now",
    ),
    "error without words": (
        "class Mute(Exception):\n    def __str__(self): raise RuntimeError\nraise Mute",
        "Importing maru_apple failed: Mute",
    ),
    "unknown kind": ("plugin = Plugin(title='A', widgets=[])", "TypeError: Plugin.__init__()"),
    "kind in the wrong place": (
        "@job()\nasync def x(ctx: Context) -> None: ...\nplugin = Plugin(title='A', routes=[x])",
        "routes holds apple.x, which is not a declaration of that kind; list it in jobs.",
    ),
    "undecorated": (
        "async def x(ctx: Context) -> None: ...\nplugin = Plugin(title='A', jobs=[x])",
        "jobs holds x, which is not a declaration of that kind; put its decorator above it.",
    ),
    "kind that is no list": ("plugin = Plugin(title='A', routes=3)", "can't be checked: TypeError"),
    "no title": ("plugin = Plugin(title='')", "Its title is empty."),
    "bad url": ("plugin = Plugin(title='A', url='A b')", "Its URL word 'A b' is not made of"),
    "reserved url": ("plugin = Plugin(title='A', url='admin')", "'admin' belongs to 'core'"),
    "open route": (
        ROUTE.replace(", signed_in=True", ""),
        "apple.x says neither needs=, signed_in nor public=True;",
    ),
    "public and not": (ROUTE.replace("signed_in", "public=True, signed_in"), "is public and says"),
    "sync handler": (ROUTE.replace("async def", "def"), "apple.x is not async;"),
    "generator handler": (ROUTE.replace("...", "yield 1"), "apple.x is a generator"),
    "sync generator": (
        ROUTE.replace("async def", "def").replace("...", "yield 1"),
        "apple.x is a generator",
    ),
    "no ctx": (ROUTE.replace("ctx: Context", ""), "apple.x doesn't take 'ctx' as its first"),
    "ctx second": (ROUTE.replace("ctx: Context", "n: int, ctx: Context"), "doesn't take 'ctx'"),
    "untyped": (ROUTE.replace("ctx: Context", "ctx: Context, n=1"), "has no type for 'n'"),
    "unreadable types": (ROUTE.replace("-> Out", "-> 'Nowhere'"), "annotations that can't be read"),
    "no answer": (ROUTE.replace("-> Out", ""), "doesn't say what it returns"),
    "foreign model": (
        "class B(BaseModel): ...\n" + ROUTE.replace("ctx: Context", "ctx: Context, body: B"),
        "has B as body, which is not a maru_sdk.Model",
    ),
    "foreign models in the answer": (
        "class B(BaseModel): ...\n" + ROUTE.replace("-> Out", "-> list[B]"),
        "has B as its answer, which is not a maru_sdk.Model",
    ),
    "bad path": (ROUTE.replace("/x", "x"), "apple.x has a bad path: 'x'"),
    "path with a query": (ROUTE.replace("/x", "/x?a=1"), "has a bad path: '/x?a=1'"),
    "path parameter not taken": (
        ROUTE.replace("/x", "/{post_id}"),
        "doesn't take 'post_id' of its path",
    ),
    "bad cache": (ROUTE.replace('no_store="t"', "cache='5 min'"), "bad duration in cache"),
    "says nothing of keeping": (
        ROUTE.replace(', no_store="t"', ""),
        "apple.x says neither cache= nor no_store=; write cache='30s', or no_store='…'",
    ),
    "keeps and doesn't": (
        ROUTE.replace("signed_in", "cache='5m', signed_in"),
        "apple.x says both cache= and no_store=",
    ),
    "no reason": (ROUTE.replace('no_store="t"', 'no_store=" "'), "has an empty no_store"),
    "tag with a space": (
        ROUTE.replace('no_store="t"', "cache='5m', tags=('two words',)"),
        "has a bad tag: 'two words' has signs that no tag may have",
    ),
    "tag of no parameter": (
        ROUTE.replace('no_store="t"', "cache='5m', tags=('x:{y}',)"),
        "has {y} in the tag 'x:{y}'; its parameters are: none",
    ),
    "tag that is no text": (
        ROUTE.replace('no_store="t"', "cache='5m', tags=(7,)"),
        "has a tag that is no text: 7",
    ),
    "tags without cache": (
        ROUTE.replace('no_store="t"', "no_store='t', tags=('x',)"),
        "has tags and no cache=",
    ),
    "portlet's tag with a place": (
        (
            "@portlet(title='P', template='apple/p.html', cache='5m', tags=('x:{y}',))\n"
            "async def p(ctx: Context) -> Out: ...\nplugin = Plugin(title='A', portlets=[p])"
        ),
        "apple.p has {y} in the tag 'x:{y}'",
    ),
    "kept function with a bad tag": (
        "@cached('5m', tags=('a b',))\nasync def f(ctx: Context) -> int: ...\n" + ROUTE,
        "Importing maru_apple failed: ValueError: apple.f has a bad tag: 'a b'",
    ),
    "kept function for no time": (
        "@cached('soon')\nasync def f(ctx: Context) -> int: ...\n" + ROUTE,
        "Importing maru_apple failed: ValueError: 'soon' is not a duration",
    ),
    "bad audience": (ROUTE.replace("signed_in", "audience='all', signed_in"), "unknown audience"),
    "two routes of one path": (
        ROUTE.replace("[x]", "[x, y]").replace(
            "plugin =",
            "@get('/x/', public=True, no_store='t')\n"
            "async def y(ctx: Context) -> Out: ...\nplugin =",
        ),
        "routes declares 'GET /x' 2 times.",
    ),
    "permission of another": (
        "plugin = Plugin(title='A', permissions=[Permission('pear:fruit:read', 'R')])",
        "'pear:fruit:read' is not named apple:<thing>:<verb>",
    ),
    "malformed permission": (
        "plugin = Plugin(title='A', permissions=[Permission('apple:Read', 'R')])",
        "'apple:Read' is not named apple:<thing>:<verb>",
    ),
    "permission twice": (
        "plugin = Plugin(title='A', permissions=[READ, READ])",
        "permissions declares 'apple:fruit:read' 2 times.",
    ),
    "permission not declared": (
        ROUTE.replace("signed_in=True", "needs=READ"),
        "apple.x needs 'apple:fruit:read', which is not in permissions;",
    ),
    "role unknown": (
        "plugin = Plugin(title='A', permissions=[READ], roles=[Role('king', READ)])",
        "The role 'king' is none of member, manager, admin.",
    ),
    "role with another's right": (
        "plugin = Plugin(title='A', roles=[Role('member', READ)])",
        "which isn't in permissions",
    ),
    "navigation": (
        "plugin = Plugin(title='A', navigation=[Navigation('A', '/apple', needs=READ)])",
        "A needs 'apple:fruit:read', which is not in permissions;",
    ),
    "page without template": (
        (
            "@page('/x', title='X', public=True)\nasync def x(ctx: Context) -> Out: ...\n"
            "plugin = Plugin(title='A', pages=[x])"
        ),
        "apple.x has no template 'apple/x.html';",
    ),
    "page that returns no model": (
        (
            "@page('/x', title='X', public=True)\nasync def x(ctx: Context) -> str: ...\n"
            "plugin = Plugin(title='A', pages=[x])"
        ),
        "apple.x doesn't return a Model, but str;",
    ),
    "action that returns no redirect": (
        (
            "@action('/x', public=True)\nasync def x(ctx: Context) -> Out: ...\n"
            "plugin = Plugin(title='A', pages=[x])"
        ),
        "apple.x doesn't return a Redirect;",
    ),
    "portlet too wide": (
        (
            "@portlet(title='P', size=(13, 2))\nasync def p(ctx: Context) -> Out: ...\n"
            "plugin = Plugin(title='A', portlets=[p])"
        ),
        "apple.p has a size outside 12 columns",
    ),
    "portlet smaller than its least": (
        (
            "@portlet(title='P', size=(2, 2), min_size=(3, 1))\n"
            "async def p(ctx: Context) -> Out: ...\nplugin = Plugin(title='A', portlets=[p])"
        ),
        "apple.p has a min_size larger than its size.",
    ),
    "portlet larger than its most": (
        (
            "@portlet(title='P', size=(4, 4), max_size=(3, 9))\n"
            "async def p(ctx: Context) -> Out: ...\nplugin = Plugin(title='A', portlets=[p])"
        ),
        "apple.p has a max_size smaller than its size.",
    ),
    "portlet with a wrong most": (
        (
            "@portlet(title='P', size=(4, 4), max_size=(4, 25))\n"
            "async def p(ctx: Context) -> Out: ...\nplugin = Plugin(title='A', portlets=[p])"
        ),
        "apple.p has a size outside 12 columns and 24 rows",
    ),
    "portlet stale for no time": (
        (
            "@portlet(title='P', stale='long')\n"
            "async def p(ctx: Context) -> Out: ...\nplugin = Plugin(title='A', portlets=[p])"
        ),
        "apple.p has a bad duration in stale",
    ),
    "portlet with an argument": (
        (
            "@portlet(title='P')\nasync def p(ctx: Context, n: int) -> Out: ...\n"
            "plugin = Plugin(title='A', portlets=[p])"
        ),
        "apple.p must take (ctx).",
    ),
    "portlet config without default": (
        (
            "class C(Model):\n    n: int\n@portlet(title='P', config=C)\n"
            "async def p(ctx: Context, config: C) -> Out: ...\n"
            "plugin = Plugin(title='A', portlets=[p])"
        ),
        "apple.p's config: the field 'n' has no default.",
    ),
    "portlet live": (
        (
            "class Came(Event): ...\n@portlet(title='P', live=Live(on=[Came], within='soon'))\n"
            "async def p(ctx: Context) -> Out: ...\nplugin = Plugin(title='A', portlets=[p])"
        ),
        "bad duration in live: 'soon'",
    ),
    "portlets of one name": (
        (
            "@portlet(title='P')\nasync def p(ctx: Context) -> Out: ...\n"
            "plugin = Plugin(title='A', portlets=[p, p])"
        ),
        "portlets declares 'apple.p' 2 times.",
    ),
    "job with a bare ask": (
        (
            "@job()\nasync def j(ctx: Context, ask: int) -> None: ...\n"
            "plugin = Plugin(title='A', jobs=[j])"
        ),
        "apple.j has an ask that is not a Model.",
    ),
    "job with two": (
        (
            "@job()\nasync def j(ctx: Context, ask: Ask, n: int) -> None: ...\n"
            "plugin = Plugin(title='A', jobs=[j])"
        ),
        "apple.j must take (ctx) or (ctx, ask: SomeModel).",
    ),
    "bad job deadline": (
        "@job(deadline='5 minutes')\nasync def j(ctx: Context) -> None: ...",
        "Importing maru_apple failed: ValueError: '5 minutes' is not a duration",
    ),
    "job of another package": (
        "import maru_pear\nplugin = Plugin(title='A', jobs=[maru_pear.j])",
        "jobs holds pear.j, which stands in another package.",
    ),
    "event of another package": (
        "import maru_pear\nplugin = Plugin(title='A', publishes=[maru_pear.Ripe])",
        "the event pear.ripe, which stands in another package",
    ),
    "point of another package": (
        "import maru_pear\nplugin = Plugin(title='A', publishes=[maru_pear.juice])",
        "publishes holds pear.juice, which stands in another package.",
    ),
    "point of a plugin not needed": (
        (
            "import maru_pear\n@maru_pear.juice.extend\n"
            "async def x(ctx: Context, ask: maru_pear.Ask) -> None: ...\n"
            "plugin = Plugin(title='A', fills=[x])"
        ),
        "fills a point of 'pear', which it doesn't need; use a bridge.",
    ),
    "job and schedule of one name": (
        (
            "@job()\nasync def j(ctx: Context) -> None: ...\nk = j\n"
            "@schedule('* * * * *')\nasync def j(ctx: Context) -> None: ...\n"
            "plugin = Plugin(title='A', jobs=[k], schedules=[j])"
        ),
        "jobs and schedules declares 'apple.j' 2 times.",
    ),
    "bad cron": (
        (
            "@schedule('61 * * * *')\nasync def s(ctx: Context) -> None: ...\n"
            "plugin = Plugin(title='A', schedules=[s])"
        ),
        "apple.s has a bad cron expression: '61 * * * *'; its minute is wrong",
    ),
    "30 February": (
        (
            "@schedule('0 0 30 2 *')\nasync def s(ctx: Context) -> None: ...\n"
            "plugin = Plugin(title='A', schedules=[s])"
        ),
        "'0 0 30 2 *'; its day of month is wrong, or none of its months has that day",
    ),
    "missed runs of no kind": (
        (
            "@schedule('0 0 1 2 *', missed='twice')\nasync def s(ctx: Context) -> None: ...\n"
            "plugin = Plugin(title='A', schedules=[s])"
        ),
        "apple.s has an unknown missed: 'twice'.",
    ),
    "cron with seconds": (
        (
            "@schedule('0 0 * * * *')\nasync def s(ctx: Context) -> None: ...\n"
            "plugin = Plugin(title='A', schedules=[s])"
        ),
        "apple.s has a bad cron expression",
    ),
    "listener of another event": (
        (
            "class Came(Event): ...\nclass Left(Event): ...\n"
            "@listen(Came)\nasync def l(ctx: Context, event: Left) -> None: ...\n"
            "plugin = Plugin(title='A', listeners=[l])"
        ),
        "apple.l must take (ctx, event: Came).",
    ),
    "health check that asks": (
        (
            "@health_check()\nasync def h(ctx: Context, n: int) -> None: ...\n"
            "plugin = Plugin(title='A', health=[h])"
        ),
        "apple.h must take ctx alone.",
    ),
    "point of an unknown kind": (
        (
            "@extension_point('veto')\nasync def p(ctx: Context, ask: Ask) -> Out: ...\n"
            "plugin = Plugin(title='A', publishes=[p])"
        ),
        "apple.p is a point of an unknown kind: 'veto'.",
    ),
    "point that answers a number": (
        (
            "@extension_point('collect')\nasync def p(ctx: Context, ask: Ask) -> int: ...\n"
            "plugin = Plugin(title='A', publishes=[p])"
        ),
        "apple.p must return a Model, a Model or None, or None.",
    ),
    "filling of an unknown point": (
        (
            "@extension_point('collect')\nasync def p(ctx: Context, ask: Ask) -> Out: ...\n"
            "@p.extend\nasync def f(ctx: Context, ask: Ask) -> Out: ...\n"
            "plugin = Plugin(title='A', fills=[f])"
        ),
        "apple.f fills the point 'apple.p', which nobody publishes.",
    ),
    "filling with another name": (
        (
            "@switched_on.extend\nasync def f(ctx: Context, question: Switched) -> None: ...\n"
            "plugin = Plugin(title='A', fills=[f])"
        ),
        "apple.f must take (ctx, ask: Switched).",
    ),
    "filling with another answer": (
        (
            "@switched_on.extend\nasync def f(ctx: Context, ask: Switched) -> Out: ...\n"
            "plugin = Plugin(title='A', fills=[f])"
        ),
        "apple.f returns another type than the point.",
    ),
    "offer where there is no choice": (
        (
            "@switched_on.offer('x')\nasync def f(ctx: Context, ask: Switched) -> None: ...\n"
            "plugin = Plugin(title='A', fills=[f])"
        ),
        "must name its offer exactly where the point is a choose point",
    ),
    "settings without default": (
        "class S(Settings):\n    n: int\nplugin = Plugin(title='A', settings=S)",
        "Settings S: the field 'n' has no default.",
    ),
    "settings that are none": ("plugin = Plugin(title='A', settings=Out)", "not a class of maru"),
    "no migrations folder": (
        "plugin = Plugin(title='A', migrations='migrations')",
        "Its migrations folder 'migrations' doesn't exist.",
    ),
    "a plugin as part": (
        "plugin = Plugin(title='A', parts=[Plugin(title='B')])",
        "parts holds something that is not a Part.",
    ),
    "url of another": ("plugin = Plugin(title='A', url='pear')", "'pear' belongs to 'pear'"),
}

PEAR = (
    PRELUDE
    + """
class Ripe(Event): ...
@job()
async def j(ctx: Context) -> None: ...
@extension_point("collect")
async def juice(ctx: Context, ask: Ask) -> None: ...
plugin = Plugin(title="Pear", jobs=[j], publishes=[Ripe, juice])
"""
)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_sets_its_plugin_aside_and_the_others_start(shelf: Shelf, name: str) -> None:
    source, expected = FAULTS[name]
    shelf.add("apple", PRELUDE + source)
    shelf.add("pear", PEAR)
    host = PluginHost.load({}, path=shelf.path)
    assert list(host.installed) == ["pear"]
    assert expected in host.set_aside["apple"].reason
    assert "\n" not in host.set_aside["apple"].reason


def test_a_keyboard_interrupt_is_nobodys_fault(shelf: Shelf) -> None:
    shelf.add("apple", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        PluginHost.load({}, path=shelf.path)


def test_many_faults_are_said_three_at_a_time(shelf: Shelf) -> None:
    permissions = ", ".join(f"Permission('pear:a:b{n}', 'x')" for n in range(5))
    shelf.add("apple", f"{PRELUDE}plugin = Plugin(title='A', permissions=[{permissions}])")
    reason = PluginHost.load({}, path=shelf.path).set_aside["apple"].reason
    assert reason.count("is not named") == 3
    assert reason.endswith("(and 2 more)")


def test_two_plugins_of_one_url_word(shelf: Shelf) -> None:
    for key in ("apple", "banana"):
        shelf.add(key, f"{PRELUDE}plugin = Plugin(title='A', url='fruit')")
    host = PluginHost.load({}, path=shelf.path)
    assert host.installed["apple"].url == "fruit"
    assert host.set_aside["banana"].reason == "The URL word 'fruit' belongs to 'apple'."


def test_an_offer_made_twice(shelf: Shelf) -> None:
    shelf.add(
        "apple",
        f"""{PRELUDE}
@extension_point("choose")
async def engine(ctx: Context, ask: Ask) -> Out: ...
@engine.offer("one")
async def one(ctx: Context, ask: Ask) -> Out: ...
@engine.offer("two")
async def two(ctx: Context, ask: Ask) -> Out: ...
plugin = Plugin(title="A", publishes=[engine], fills=[one, two])
""",
    )
    again = f"""{PRELUDE}
from maru_apple import Ask, Out, engine
@engine.offer("two")
async def two(ctx: Context, ask: Ask) -> Out: ...
plugin = Plugin(title="B", fills=[two])
"""
    shelf.add("banana", again, needs=[SDK, "maru-apple"])
    host = PluginHost.load({}, path=shelf.path)
    assert list(host.installed) == ["apple"]
    assert "which 'apple' has made already" in host.set_aside["banana"].reason
