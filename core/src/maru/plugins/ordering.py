"""In which order plugins start: what is needed first, ties by key."""

import heapq
from collections.abc import Mapping

from packaging.version import Version

from maru.plugins.discovery import CORE, SDK, Found, distribution_of


def ordered(found: Mapping[str, Found]) -> list[Found]:
    """All of `found`, each after those it needs; those in a circle come last, by key."""
    waiting = {key: {n for n in one.needs if n in found} for key, one in found.items()}
    ready = [key for key, needs in waiting.items() if not needs]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        done = heapq.heappop(ready)
        order.append(done)
        for key, needs in waiting.items():
            if done in needs:
                needs.remove(done)
                if not needs:
                    heapq.heappush(ready, key)
    return [found[key] for key in [*order, *sorted(found.keys() - set(order))]]


def circle_of(key: str, found: Mapping[str, Found]) -> list[str] | None:
    """The shortest way from a plugin back to itself along its needs."""
    ways = [[key]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for need in sorted(found[way[-1]].needs):
            if need == key:
                return [*way, key]
            if need in found and need not in seen:
                seen.add(need)
                ways.append([*way, need])
    return None


def unmet(
    one: Found, found: Mapping[str, Found], sdk: Version, reasons: Mapping[str, str]
) -> str | None:
    """Why this plugin's needs aren't met, or None. `reasons` says which keys are set aside."""
    if one.sdk is None:
        return (
            f"Its distribution doesn't say which {SDK} it needs; add '{SDK}>=1.0' to the"
            " dependencies in pyproject.toml."
        )
    if not one.sdk.contains(sdk, prereleases=True):
        return f"It needs {SDK}{one.sdk}; installed is {sdk}."
    if circle := circle_of(one.key, found):
        return f"Its needs form a circle: {' → '.join(circle)}."
    for need, versions in one.needs.items():
        name = distribution_of(need)
        if name == CORE:
            return f"It needs {CORE}; a plugin stands on {SDK} alone."
        if need in reasons:
            return f"It needs {name}, which is set aside: {reasons[need]}"
        if need not in found:
            return f"It needs {name}, which is not installed."
        if not versions.contains(found[need].version, prereleases=True):
            return f"It needs {name}{versions}; installed is {found[need].version}."
    return None
