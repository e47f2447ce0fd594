"""The help that a reader is shown: that of what is on, and of what they may open."""

from collections.abc import Iterator

from maru.help.library import Library, Screen, library_of
from maru.plugins.context import Call
from maru.web.frame import lets_in
from maru_sdk.declarations import PageDeclaration


def shelf(call: Call) -> Library:
    """All there is."""
    return library_of(call.services.host)


def is_on(call: Call, screen: Screen) -> bool:
    """Whether the tenant has it."""
    return call.services.gate.on(call.tenant.id, screen.whose.key)


def readable(call: Call) -> Iterator[Screen]:
    """The screens of which this reader may open a page."""
    for screen in shelf(call).screens.values():
        if is_on(call, screen) and any(_opens(call, page) for page in screen.pages):
            yield screen


def _opens(call: Call, page: PageDeclaration) -> bool:
    if page.public:
        return True
    if call.user is None:
        return False
    return page.needs is None or lets_in(call.granted, page.needs)
