"""The links of the side navigation, for those who list them elsewhere: the palette, and the choice
of a start page."""

from collections.abc import Iterator

from maru.api.surfaces import domain_of
from maru.plugins.context import Call
from maru.web.frame import lets_in
from maru_sdk import Navigation


def open_links(call: Call) -> Iterator[tuple[str, Navigation]]:
    """Those that the reader may follow, in their order, each with its title in their language."""
    services = call.services
    for whose, link in sorted(services.host.declared("navigation"), key=lambda one: one[1].order):
        on = services.gate.on(call.tenant.id, whose.key)
        if on and (link.needs is None or lets_in(call.granted, link.needs)):
            yield services.languages.translate(domain_of(whose), call.locale, link.title), link
