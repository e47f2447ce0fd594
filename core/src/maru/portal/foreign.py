"""Portlets of isolated plugins: model and HTML are made elsewhere, and cleaned here."""

from typing import Any

from maru.plugins.context import Call
from maru.plugins.isolated.refusals import RanAway
from maru.plugins.isolated.stubs import FRAGMENT, Elsewhere
from maru.web.foreign import cleaned
from maru_sdk.declarations import Portlet


async def fragment(
    elsewhere: Elsewhere, call: Call, portlet: Portlet, config: dict[str, Any]
) -> tuple[dict[str, Any], str]:
    """A portlet's model as JSON, and its HTML."""
    zone = call.tenant.timezone if portlet.audience == "tenant" else call.timezone
    answer = await elsewhere.ask(call, FRAGMENT, what="fragment", ask=config, zone=zone)
    content, html = answer.get("content"), answer.get("html")
    if not isinstance(content, dict) or not isinstance(html, str):
        raise RanAway(f"{portlet.name} answered no fragment")
    installed = call.services.host.installed[elsewhere.remote.key]
    clean = cleaned(html, installed.url, call.services.renderer.mark)
    return content, clean
