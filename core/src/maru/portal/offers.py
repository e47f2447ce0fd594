"""What a portlet's dialog offers: choices that its plugin knows, which may fail like a portlet."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from maru.plugins.context import Call
from maru_sdk.declarations import Portlet

Titles = dict[str, str]
LONGEST: Final = 3.0
"""Seconds that somebody waits for a dialog; then its field is typed."""


async def offered(
    call: Call, portlet: Portlet, schema: dict[str, Any], values: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema and the values of a portlet's settings with what is offered; where that fails as
    they were. What was chosen before stays a choice."""
    properties, chosen = dict(schema["properties"]), dict(values)
    for name, titles in (await _offers(call, portlet, properties)).items():
        if isinstance(kept := chosen.get(name), str) and kept:
            chosen[name] = _key_of(kept, titles)
            titles.setdefault(chosen[name], kept)
        properties[name] = properties[name] | {"enum": [*titles], "x-names": titles}
    return {**schema, "properties": properties}, chosen


def _key_of(kept: str, titles: Titles) -> str:
    """The choice that was kept: by its key, or by its name from before there were choices."""
    return kept if kept in titles else next((k for k, v in titles.items() if v == kept), kept)


async def _offers(call: Call, portlet: Portlet, fields: Mapping[str, Any]) -> dict[str, Titles]:
    if portlet.offers is None:
        return {}
    key = portlet.name.partition(".")[0]
    try:
        async with asyncio.timeout(LONGEST), call.apart(key) as own:
            found = await portlet.offers(own)
        if strange := found.keys() - fields.keys():
            raise ValueError(f"there are no such fields: {', '.join(map(str, strange))}")
        return {
            name: {str(value): str(title) for value, title in titles.items()}
            for name, titles in found.items()
        }
    except (Exception, SystemExit) as fault:  # the portlet's wall
        call.ctx(key).log.error("offers failed", portlet=portlet.name, error=repr(fault))
        return {}
