"""What can be wrong with a layout."""

from maru_sdk import Conflict, InvalidInput, NotFound


class LayoutInvalid(InvalidInput):
    """The portlets don't fit on the grid; the message says which rule is broken."""

    code = "LAYOUT_INVALID"
    message = "The layout is not valid"


class LayoutChanged(Conflict):
    """Someone, perhaps in another tab, has changed the layout since it was read."""

    code = "LAYOUT_CHANGED"
    message = "The layout has changed in the meantime"


class PortletUnknown(NotFound):
    """There is no such portlet, or it isn't for this person."""

    code = "PORTLET_NOT_FOUND"
    message = "There is no such portlet"
