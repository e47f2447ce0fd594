"""The portal as the API shows it (interfaces, section 4)."""

from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from pydantic import Field

from maru_sdk import Model

COLUMNS = 12
MOST_PORTLETS = 60
HOME: Final = UUID(int=0)
"""The page that everybody has and nobody can remove."""

State = Literal["ok", "stale", "late", "failed"]
Lock = Literal["place", "size", "is_visible", "config"]


class Placed(Model):
    """One portlet on the grid; `x`, `y`, `w`, `h` in columns and rows from the upper left corner
    of its page.

    `is_locked` and `locked` say what layers above can't change: everything, or some fields. What
    is mandatory can't be hidden or removed there, up to and with the day `mandatory_until`.
    """

    id: UUID | None = None
    portlet_type: str = Field(max_length=120)
    x: int
    y: int
    w: int
    h: int
    is_visible: bool = True
    is_locked: bool = False
    config: dict[str, Any] = Field(default_factory=dict)
    page: UUID = HOME
    locked: list[Lock] = Field(default_factory=list)
    is_mandatory: bool = False
    mandatory_until: date | None = None
    is_new: bool = False

    @property
    def stays(self) -> bool:
        """Whether it keeps its place, whatever stands there too."""
        return self.is_locked or "place" in self.locked

    def is_due(self, today: date) -> bool:
        """Whether nobody above may hide it on this day."""
        return self.is_mandatory and (self.mandatory_until is None or today <= self.mandatory_until)


class Tab(Model):
    """One of several pages; those with a smaller `rank` stand further left."""

    id: UUID
    title: str = Field(default="", max_length=60)
    rank: int = 0


class LayoutOut(Model):
    """The resolved layout of one page; `version` is opaque and goes back with the next change."""

    version: str
    portlets: list[Placed]


class LayoutIn(Model):
    """A page's whole layout as it should be; portlets without `id` are new, absent ones are
    removed."""

    version: str = Field(max_length=100)
    portlets: list[Placed]


class PortletData(Model):
    """What a portlet shows now; `content` is its model, absent unless `state` is ok or stale."""

    type: str
    title: str
    state: State
    age_seconds: int
    content: Any = None
    reason: str | None = None


class TabOut(Model):
    """A page with how much stands on it."""

    id: UUID
    title: str
    portlets: int
    is_first: bool


class TabIn(Model):
    """A page's title."""

    title: str = Field(min_length=1, max_length=60)


class TabOrder(Model):
    """All pages, from left to right."""

    pages: list[UUID] = Field(max_length=50)


class RevisionOut(Model):
    """One version of a layer; `is_now` is what is in force."""

    number: int
    made_at: datetime
    made_by: str | None
    is_now: bool


class PreviewIn(Model):
    """A portlet's settings as a form has them, unsaved."""

    portlet_type: str = Field(max_length=120)
    fields: list[tuple[str, str]] = Field(max_length=200)


class PreviewOut(Model):
    """The settings that the form makes, or what is wrong with them, and what the portlet then
    shows."""

    config: dict[str, Any] = Field(default_factory=dict)
    errors: dict[str, str] = Field(default_factory=dict)
    fault: str = ""
    state: State = "ok"
    html: str = ""
