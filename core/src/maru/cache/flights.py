"""Computations under way: whoever asks for the same joins, and a dropped tag makes them old."""

import asyncio
import secrets
import time
from collections import defaultdict
from collections.abc import Iterable

from maru.cache.slot import Again, Make, Slot, Tag


class Flight:
    """One computation; `old` once a tag of it was dropped meanwhile.

    `fresher` is 0 for who needs the value; who makes a kept one anew looks only for one that has
    more seconds left than that. `unasked` is one that began although nobody asked.
    """

    __slots__ = (
        "again", "begun", "fresher", "holder", "make", "old", "seconds", "shared", "slot", "tags",
        "task", "unasked",
    )  # fmt: skip

    task: asyncio.Task[bytes | None]

    def __init__(
        self, slot: Slot, names: tuple[str, ...], seconds: float, make: Make, *, shared: bool
    ) -> None:
        self.slot = slot
        self.tags = slot.tags(names)
        self.seconds = seconds
        self.make = make
        self.shared = shared
        self.fresher = 0.0
        self.unasked = False
        self.again: Again | None = None
        self.old = False
        self.begun = time.time()
        self.holder = secrets.token_hex(8) if shared else ""

    @property
    def asked_for(self) -> bool:
        """Whether it began because somebody needs the value."""
        return not self.fresher and not self.unasked


class Flights:
    """The flights of one process."""

    def __init__(self) -> None:
        self._joined: dict[Slot, Flight] = {}
        self._by_tag: defaultdict[Tag, set[Flight]] = defaultdict(set)

    def get(self, slot: Slot) -> Flight | None:
        """The flight that somebody who needs this value can join."""
        return self._joined.get(slot)

    def add(self, flight: Flight) -> None:
        """A flight takes off; one that only makes a kept value anew is joined by nobody."""
        if not flight.fresher:
            self._joined[flight.slot] = flight
        for tag in flight.tags:
            self._by_tag[tag].add(flight)

    def remove(self, flight: Flight) -> None:
        """A flight has landed, or may be joined no more."""
        if self._joined.get(flight.slot) is flight:
            del self._joined[flight.slot]
        for tag in flight.tags:
            flights = self._by_tag.get(tag)
            if flights is None:
                continue
            flights.discard(flight)
            if not flights:
                del self._by_tag[tag]

    def drop(self, tags: Iterable[Tag]) -> None:
        """What is under way with one of these tags is old: who comes now must not get it."""
        for tag in tags:
            for flight in tuple(self._by_tag.get(tag, ())):
                self._age(flight)

    def drop_all(self) -> None:
        """All that is under way is old."""
        for flights in tuple(self._by_tag.values()):
            for flight in tuple(flights):
                self._age(flight)

    def _age(self, flight: Flight) -> None:
        flight.old = True
        self.remove(flight)
