"""Portlets: the pieces of the page that people open every morning."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from maru_sdk._context import Context
from maru_sdk._declarations import Declaration, Handler, key_of
from maru_sdk._events import Event
from maru_sdk._model import Model
from maru_sdk._permissions import Permission
from maru_sdk._routes import Audience

Offers = Callable[[Context], Awaitable[Mapping[str, Mapping[str, str]]]]


@dataclass(frozen=True, eq=False)
class Live:
    """Which events make a portlet's data old, and within what time browsers should show the new."""

    on: tuple[type[Event], ...]
    within: str

    def __init__(self, on: list[type[Event]], within: str = "10s") -> None:
        object.__setattr__(self, "on", tuple(on))
        object.__setattr__(self, "within", within)


@dataclass(frozen=True, eq=False)
class Portlet(Declaration):
    """One kind of portlet, named `<key>.<function>`. Made by `portlet`."""

    title: str
    icon: str = "square"
    size: tuple[int, int] = (4, 4)
    min_size: tuple[int, int] = (2, 2)
    template: str = ""
    needs: Permission | None = None
    cache: str | None = None
    audience: Audience = "user"
    tags: tuple[str, ...] = ()
    config: type[Model] | None = None
    live: Live | None = None
    max_size: tuple[int, int] = (12, 24)
    stale: str | None = None
    offers: Offers | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.template:
            key = key_of(self.function.__module__)
            object.__setattr__(self, "template", f"{key}/{self.function.__name__}.html")


def portlet(
    *,
    title: str,
    icon: str = "square",
    size: tuple[int, int] = (4, 4),
    min_size: tuple[int, int] = (2, 2),
    template: str = "",
    needs: Permission | None = None,
    cache: str | None = None,
    audience: Audience = "user",
    tags: Iterable[str] = (),
    config: type[Model] | None = None,
    live: Live | None = None,
    max_size: tuple[int, int] = (12, 24),
    stale: str | None = None,
    offers: Offers | None = None,
) -> Callable[[Handler], Portlet]:
    """A portlet: `@portlet(title="Lunch", size=(3, 2), cache="5m", audience="tenant")`.

    The function is `async def today(ctx: Context) -> Menu` (with `config=C` also `config: C`). It
    runs in a read-only unit of work of its own, at most once at a time per cache key, under a
    deadline (800 ms); the page waits 150 ms for it, then the portlet fills itself in. A failure is
    shown inside the portlet's frame and counts for its own breaker, which the third in a row opens;
    so does a model or HTML of more than 1 MB. Its model goes to the template
    `<key>/<function>.html` and, as JSON, to `/api/v1/portal/data/<key>.<function>`.

    `size`, `min_size` and `max_size` are in columns and rows of the 12-column grid: what it has at
    first, and between what people may choose. With `cache` the answer is
    kept for that time per tenant, language, config, `audience` and the outcome of `needs`, until a
    tag in `tags` is dropped, the plugin's settings change or an event of `live` is published. With
    `audience="tenant"` the function knows no `ctx.user`, and `ctx.can` its `needs` alone;
    `audience="user"` is never kept beyond the process, nor longer than a minute.

    With `stale="1h"` what it showed last may be shown again, with its age, for that time after it
    was made: while new data is late, and where making it fails. Without it an old answer is never
    shown: the place stays empty until the new one is there, or says why there is none.

    With `live=Live(on=[PostPublished], within="10s")` open pages fetch it again when such an event
    was published: each at a time of its own within that time, or within a longer one where many
    pages are open. What isn't kept by `cache=` is then made anew for each of them.

    With `config` the person chooses in a dialog. `offers` are choices that only the tenant's data
    knows: `async def boards(ctx) -> dict` answers `{"board": {id: name, …}}`, and the field `board`
    is picked from these by name instead of typed. It runs in a read-only unit of work, for the
    person who opens the dialog; what was chosen before stays a choice. Where it fails, or takes
    longer than three seconds, the field is typed. So it is for an isolated plugin, which isn't
    asked.
    """
    whose = (tags,) if isinstance(tags, str) else tuple(tags)
    return lambda function: Portlet(
        function,
        title,
        icon,
        size,
        min_size,
        template,
        needs,
        cache,
        audience,
        whose,
        config,
        live,
        max_size,
        stale,
        offers,
    )
