"""The portal as the API shows it (interfaces, section 4)."""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from maru_sdk import Model

COLUMNS = 12
MOST_PORTLETS = 60

State = Literal["ok", "stale", "late", "failed"]


class Placed(Model):
    """One portlet on the grid; `x`, `y`, `w`, `h` in columns and rows from the upper left
    corner."""

    id: UUID | None = None
    portlet_type: str = Field(max_length=120)
    x: int
    y: int
    w: int
    h: int
    is_visible: bool = True
    is_locked: bool = False
    config: dict[str, Any] = Field(default_factory=dict)


class LayoutOut(Model):
    """The resolved layout; `version` is opaque and goes back with the next change."""

    version: str
    portlets: list[Placed]


class LayoutIn(Model):
    """The whole layout as it should be; portlets without `id` are new, absent ones are removed."""

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
