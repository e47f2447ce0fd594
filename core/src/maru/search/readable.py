"""Which rows of the index a person may see, in the words of the search function: sources and
things, never people, so that a change of rights changes no row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from maru.access.granted import plugin_of
from maru.plugins.context import Call
from maru_sdk.declarations import SearchSource


@dataclass(slots=True)
class Sight:
    """What is seen: of these `sources` some as a `wide` whole, some `within` departments, some
    things by name; `shut` ones not even then."""

    sources: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    within: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    shut: list[str] = field(default_factory=list)

    def sees(self, source: str, resource: str | None, department_id: UUID | None) -> bool:
        """Whether a row with these may be seen: what the search function asks of one."""
        thing, place = f"{source}|{resource}", f"{source}|{department_id}"
        open_ = source in self.wide or (department_id is not None and place in self.within)
        named = resource is not None and thing in self.named
        return source in self.sources and ((open_ and thing not in self.shut) or named)

    def told(self) -> dict[str, Any]:
        """As the search function takes it."""
        return {name: getattr(self, name) for name in self.__slots__}


def open_sources(call: Call) -> Iterator[tuple[str, SearchSource]]:
    """The sources of plugins that are on, in which this person may see anything at all, each with
    the plugin's key."""
    for installed, source in call.services.host.declared("search"):
        on = call.services.gate.on(call.tenant.id, installed.key)
        if on and call.granted.somewhere(source.needs.name):
            yield installed.key, source


def sight(call: Call, sources: Sequence[SearchSource]) -> Sight:
    """What this person sees of these sources: what `can` says yes to."""
    seen, granted = Sight(), call.granted
    for source in sources:
        name, needs = source.name, source.needs.name
        own = granted.resources.get(needs, frozenset())
        seen.sources.append(name)
        seen.named += [f"{name}|{resource}" for resource in sorted(own)]
        if needs in granted.permissions:
            seen.wide.append(name)
        departments = granted.departments.get(needs, frozenset())
        seen.within += [f"{name}|{one}" for one in sorted(map(str, departments))]
        hidden = [one for one in granted.hidden - own if plugin_of(one) == plugin_of(needs)]
        seen.shut += [f"{name}|{resource}" for resource in sorted(hidden)]
    return seen
