"""A broken plugin for each fault that the issue names, and what its reason must say."""

from collections.abc import Callable, Mapping

from tests.plugins.shelf import SDK, Shelf

PRELUDE = "from maru_sdk import Context, Model, Plugin, get, post, schedule\n"
ROUTE = (
    PRELUDE
    + """
class Out(Model):
    n: int = 1

@get("/x", signed_in=True, no_store="a test")
async def x(ctx: Context) -> Out:
    return Out()

plugin = Plugin(title="Faulty", routes=[x])
"""
)

ADMIN_PAGE = """
from maru_sdk import Context, Model, Permission, Plugin, admin_page

MANAGE = Permission("faulty:thing:manage", "Manage things")

class Out(Model):
    n: int = 1

@admin_page("/", title="X", needs=MANAGE)
async def x(ctx: Context) -> Out:
    return Out()

plugin = Plugin(title="Faulty", url="plugins", permissions=[MANAGE], admin_pages=[x])
"""

FAULTY: Mapping[str, str] = {
    "import error": "Importing maru_faulty failed: ModuleNotFoundError",
    "SDK too old": "It needs maru-sdk>=99; installed is",
    "missing need": "It needs maru-absent, which is not installed.",
    "cycle": "Its needs form a circle: faulty → other → faulty.",
    "reserved key": "The key 'admin' is reserved.",
    "a second claim of a key": "'stranger' may not claim it.",
    "clash of URLs": "The URL word 'faulty' belongs to 'faulty'.",
    "bad declaration": "says neither needs=, signed_in nor public=True;",
    "sync handler": "faulty.x is not async; write 'async def x'.",
    "generator handler": "faulty.x is a generator",
    "SystemExit at import": "Importing maru_faulty failed: SystemExit: 1",
    "malformed requirement": "Its metadata can't be read: InvalidRequirement",
    "migrations without their folder": "Its migrations folder 'migrations' doesn't exist.",
    "a route that can't be served": "faulty.x can't be served: ",
    "an address of core's": "GET /admin/plugins is core.plugins's already.",
}


def install(shelf: Shelf, fault: str) -> None:
    """Puts the plugin (or plugins) with this fault on the shelf."""
    _INSTALL[fault](shelf)


def _source(text: str) -> Callable[[Shelf], None]:
    return lambda shelf: _add(shelf, text)


def _needing(*needs: str) -> Callable[[Shelf], None]:
    return lambda shelf: _add(shelf, None, *needs)


def _add(shelf: Shelf, source: str | None, *needs: str) -> None:
    shelf.add("faulty", source, needs=needs or (SDK,))


def _cycle(shelf: Shelf) -> None:
    shelf.add("faulty", needs=[SDK, "maru-other"])
    shelf.add("other", needs=[SDK, "maru-faulty"])


def _second_claim(shelf: Shelf) -> None:
    shelf.add("faulty")
    shelf.metadata("stranger", "1.0", [SDK], "[maru.plugins]\nfaulty = maru_faulty:plugin")


def _same_url(shelf: Shelf) -> None:
    shelf.add("faulty")
    shelf.add("other", PRELUDE + "plugin = Plugin(title='Other', url='faulty')")


_INSTALL: Mapping[str, Callable[[Shelf], object]] = {
    "import error": _source("import nowhere_at_all"),
    "SDK too old": _needing("maru-sdk>=99"),
    "missing need": _needing(SDK, "maru-absent"),
    "cycle": _cycle,
    "reserved key": lambda shelf: shelf.add("admin"),
    "a second claim of a key": _second_claim,
    "clash of URLs": _same_url,
    "bad declaration": _source(ROUTE.replace(", signed_in=True", "")),
    "sync handler": _source(ROUTE.replace("async def", "def")),
    "generator handler": _source(ROUTE.replace("return Out()", "yield Out()")),
    "SystemExit at import": _source("raise SystemExit(1)"),
    "malformed requirement": _needing(SDK, "no requirement >< at all"),
    "migrations without their folder": _source(
        PRELUDE + "plugin = Plugin(title='Faulty', migrations='migrations')"
    ),
    "a route that can't be served": _source(
        ROUTE.replace("ctx: Context", "ctx: Context, who: Context")
    ),
    "an address of core's": lambda shelf: shelf.add(
        "faulty", ADMIN_PAGE, files={"templates/faulty/x.html": ""}
    ),
}
