"""What the admin area shows of events and their listeners, and what it is told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from maru.events.desk import EventDetail, EventLine
from maru_sdk import Model


class HeardOut(Model):
    """The job that a listener has of an event."""

    listener: str
    job_id: UUID
    state: str
    tries: int
    error: str | None


class EventOut(EventDetail):
    """One event, and what became of it with each listener that has read it."""

    heard: list[HeardOut]


class ListenerOut(Model):
    """A listener and how far it has read. `behind` counts events that it has no job of yet, to
    10,000, and `lag_seconds` is the age of the oldest; `waiting` and `dead` are its jobs. While
    `replays` it is hearing again what it has heard before."""

    name: str
    plugin: str
    about: str
    event: str
    position: int | None
    behind: int
    lag_seconds: float
    waiting: int
    dead: int
    replays: bool


class Replay(Model):
    """From when on a listener is to hear again."""

    since: AwareDatetime


class Replayed(Model):
    """Whether there was anything to hear again, and how the listener stands now."""

    replayed: bool
    listener: ListenerOut


class ReplayForm(Model):
    """The same as a form has it: a time of the reader's zone."""

    since: datetime = Field(
        title="Hear again from", description="The log keeps seven days. The time is in your zone."
    )


class EventRow(Model):
    """One line of the log."""

    line: EventLine
    actor: str


class EventsView(Model):
    """The page of the log."""

    events: list[EventRow]
    names: list[str]
    name: str
    key: str
    newer: str
    older: str


class EventView(Model):
    """The page of one event."""

    event: EventOut
    actor: str
    body: str


class ListenersView(Model):
    """The page of listeners."""

    listeners: list[ListenerOut]


class ListenerView(Model):
    """The page of one listener, with the form of a replay."""

    listener: ListenerOut
    form_schema: dict[str, Any]
