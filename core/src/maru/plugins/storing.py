"""What is wrong with how long, for whom and under which tags an answer is to be kept."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, get_args

from maru_sdk.declarations import Audience, Portlet, Route, duration, tag_faults

_PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)")


def duration_faults(what: str, text: Any) -> Iterator[str]:
    """What is wrong with a time span."""
    try:
        duration(text)
    except (ValueError, TypeError, AttributeError):
        yield f"has a bad duration in {what}: {text!r}; write it as '30s', '5m' or '1h'"


def route_faults(route: Route) -> Iterator[str]:
    """A reading route says for how long its answer may be kept, or why it can't be."""
    yield from _kept(route, _PLACE.findall(route.path))
    if route.method != "GET":
        return
    if route.cache is None and route.no_store is None:
        yield (
            "says neither cache= nor no_store=; write cache='30s', or no_store='…' with the reason"
            " why its answer can't be kept"
        )
    elif route.cache is not None and route.no_store is not None:
        yield "says both cache= and no_store="
    elif route.no_store is not None and not str(route.no_store).strip():
        yield "has an empty no_store; say why its answer can't be kept"


def portlet_faults(portlet: Portlet) -> Iterator[str]:
    """A portlet's data may be kept under tags that are the same for all of it."""
    yield from _kept(portlet, ())
    if portlet.stale is not None:
        yield from duration_faults("stale", portlet.stale)


def _kept(one: Route | Portlet, names: Sequence[str]) -> Iterator[str]:
    if one.audience not in get_args(Audience):
        yield f"has an unknown audience: {one.audience!r}"
    if one.cache is not None:
        yield from duration_faults("cache", one.cache)
    elif one.tags:
        yield "has tags and no cache="
    yield from tag_faults(one.tags, names)
