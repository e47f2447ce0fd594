"""`/design`: each component with the call that draws it."""

from datetime import date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from maru.access.permissions import PLUGINS_MANAGE
from maru.api.exchange import Answer
from maru.design.samples import LETTERS, THINGS, Event, Meeting, Request, Step, Thing
from maru_sdk import Context, Model, Redirect, action, get, page
from maru_sdk.sheets import csv_of

HERE: Final = "/design"
PARTS: Final = (
    ("buttons", "Buttons"),
    ("marks", "Badges, avatars, notes"),
    ("form", "Form"),
    ("text", "Rich text"),
    ("table", "Table"),
    ("overlays", "Dialogs, drawers, menus"),
    ("ways", "Tabs, breadcrumbs, pages"),
    ("timeline", "Timeline"),
    ("calendar", "Calendar"),
    ("states", "Empty, loading, error"),
    ("progress", "Files and jobs"),
    ("chart", "Chart"),
)
_COLUMNS: Final = frozenset({"name", "kind", "count", "place", "since"})


class Part(Model):
    """A component: its template is what a plugin would write."""

    key: str
    title: str
    template: str
    source: str


class Asked(Model):
    """What the table shows, as its address says it."""

    q: str
    sort: str
    order: str
    columns: list[str]


class DesignView(Model):
    """The page of components."""

    components: list[Part]
    form_schema: dict[str, Any]
    things: list[Thing]
    asked: Asked
    steps: list[Step]
    events: list[Event]
    meetings: list[Meeting]
    letter: str
    at: date
    today: date
    view: str


@cache
def _source(key: str) -> str:
    folder = files("maru.web").joinpath("templates/maru/design")
    return folder.joinpath(f"{key}.html").read_text("utf-8").strip()


@page("", title="Design system", needs=PLUGINS_MANAGE, template="maru/design/page.html")
async def design(
    ctx: Context,
    q: Annotated[str, Field(max_length=200)] = "",
    sort: str = "name",
    order: Literal["asc", "desc"] = "asc",
    columns: Annotated[list[str], Field(max_length=20)] = [],  # noqa: B006 (FastAPI copies it)
    at: date | None = None,
    view: Literal["month", "week", "hours", "day"] = "month",
) -> DesignView:
    """Every component, in the reader's language and theme."""
    today = ctx.now.astimezone(ctx.zone).date()
    known = sort if sort in _COLUMNS else "name"
    return DesignView(
        components=[_part(ctx, key, title) for key, title in PARTS],
        form_schema=Request.model_json_schema(),
        things=_things(ctx, q.strip().casefold(), known, down=order == "desc"),
        asked=Asked(q=q, sort=known, order=order, columns=[c for c in columns if c in _COLUMNS]),
        steps=_steps(ctx),
        events=_events(ctx, today),
        meetings=_meetings(ctx, today),
        letter=LETTERS[ctx.locale],
        at=at or today,
        today=today,
        view=view,
    )


def _part(ctx: Context, key: str, title: str) -> Part:
    template = f"maru/design/{key}.html"
    return Part(key=key, title=ctx.t(title), template=template, source=_source(key))


def _things(ctx: Context, q: str, sort: str, *, down: bool) -> list[Thing]:
    found = [one for one in _rows(ctx) if q in one.name.casefold() or q in one.kind.casefold()]
    return sorted(found, key=lambda one: getattr(one, sort), reverse=down)


def _rows(ctx: Context) -> list[Thing]:
    return [
        Thing(id=i, name=ctx.t(name), kind=ctx.t(kind), count=count, place=ctx.t(place), since=on)
        for i, name, kind, count, place, on in THINGS
    ]


def _steps(ctx: Context) -> list[Step]:
    day = timedelta(days=1)
    return [
        Step(title=ctx.t("Approved"), at=ctx.now, icon="check", tone="good"),
        Step(
            title=ctx.t("Sent back"),
            at=ctx.now - day,
            icon="rotate-ccw",
            tone="warn",
            text=ctx.t("Please add the offer of a second company."),
        ),
        Step(title=ctx.t("Submitted"), at=ctx.now - 2 * day, icon="send"),
    ]


def _events(ctx: Context, today: date) -> list[Event]:
    first = today.replace(day=1)
    return [
        Event(title=ctx.t("Closing of the month"), day=first + timedelta(days=4), tone="warn"),
        Event(
            title=ctx.t("Workshop of the whole company"),
            day=first + timedelta(days=14),
            until=first + timedelta(days=16),
        ),
        Event(title=ctx.t("Health check"), day=today, tone="good"),
    ]


def _meetings(ctx: Context, today: date) -> list[Meeting]:
    """What has its hours: two things at once, and one that begins early on another day."""
    nine = datetime.combine(today, time(9), ctx.zone)
    hour = timedelta(hours=1)
    return [
        Meeting(title=ctx.t("Weekly meeting"), starts=nine, ends=nine + 1.5 * hour),
        Meeting(title=ctx.t("Interview"), starts=nine + hour, ends=nine + 2 * hour, tone="warn"),
        Meeting(title=ctx.t("Lunch with the team"), starts=nine + 3 * hour, ends=nine + 4 * hour),
        Meeting(
            title=ctx.t("Delivery"),
            starts=nine + 22 * hour,
            ends=nine + 23 * hour,
            tone="good",
        ),
    ]


@action("", needs=PLUGINS_MANAGE, again=design)
async def send(ctx: Context, form: Request) -> Redirect:
    """Takes the form and keeps nothing of it."""
    said = ctx.t("{title} is in order; nothing of it is kept", title=form.title)
    return Redirect(to=f"{HERE}#form", message=said)


class Ticked(Model):
    """The rows that were ticked."""

    ids: list[str] = Field([], max_length=100)


@action("/ticked", needs=PLUGINS_MANAGE, again=design)
async def ticked(ctx: Context, form: Ticked) -> Redirect:
    """Says how many rows were ticked."""
    return Redirect(to=f"{HERE}#table", message=ctx.t("{count} ticked", count=len(form.ids)))


class Figure(Model):
    """A point of the chart."""

    at: int
    asked: int
    done: int


class Figures(Model):
    """What the chart draws."""

    points: list[Figure]


@get("/figures", needs=PLUGINS_MANAGE, no_store="it ends with the day on which it is asked for")
async def figures(ctx: Context, since: float = 0) -> Figures:
    """Two weeks of a made-up line, of which the page asks for what came `since`."""
    days = [int((ctx.now - timedelta(days=13 - number)).timestamp()) for number in range(14)]
    points = [
        Figure(at=day, asked=20 + 7 * (number % 5), done=12 + 5 * (number % 6))
        for number, day in enumerate(days)
    ]
    return Figures(points=[] if since else points)


@get("/things", needs=PLUGINS_MANAGE, no_store="a file made for who asks")
async def exported(ctx: Context) -> Answer:
    """The table's rows as a file for spreadsheets."""
    heads = [ctx.t(head) for head in ("Name", "Kind", "Count", "Place", "In the store since")]
    rows = ([o.name, o.kind, str(o.count), o.place, str(o.since)] for o in _rows(ctx))
    sent = (b"content-disposition", b'attachment; filename="things.csv"')
    return Answer(200, csv_of([heads, *rows]), b"text/csv; charset=utf-8", [sent])


PAGES = (design, send, ticked)
ROUTES = (exported, figures)
