"""What can be wrong with a layout."""

from maru_sdk import Conflict, InvalidInput, NotFound, SystemFault


class LayoutInvalid(InvalidInput):
    """The portlets don't fit on the grid; `details["problem"]` says which rule is broken."""

    code = "LAYOUT_INVALID"
    message = "The layout is not valid"


class TooManyPortlets(LayoutInvalid):
    """More portlets than a page may have."""

    code = LayoutInvalid.code
    message = "A page has room for {most} portlets"


class PlaceNegative(LayoutInvalid):
    """A portlet without size, or beyond the upper or left edge."""

    code = LayoutInvalid.code
    message = "A portlet has a negative place or size"


class PlaceOutside(LayoutInvalid):
    """A portlet beyond the right or lower edge."""

    code = LayoutInvalid.code
    message = "A portlet stands outside the {columns} columns"


class PortletsOverlap(LayoutInvalid):
    """Two portlets on one place."""

    code = LayoutInvalid.code
    message = "Portlets overlap"


class PortletTwice(LayoutInvalid):
    """Two portlets with one id."""

    code = LayoutInvalid.code
    message = "A portlet stands twice in the layout"


class TypeChanged(LayoutInvalid):
    """A placement that is another type's."""

    code = LayoutInvalid.code
    message = "A portlet can't change its type"


class LayoutChanged(Conflict):
    """Someone, perhaps in another tab, has changed the layout since it was read."""

    code = "LAYOUT_CHANGED"
    message = "The layout has changed in the meantime"


class PortletTooLarge(SystemFault):
    """A portlet answered with more than a page can bear; counts as its failure."""

    code = "PORTLET_TOO_LARGE"
    message = "This portlet has more to show than fits ({limit} KB)"


class PortletUnknown(NotFound):
    """There is no such portlet, or it isn't for this person."""

    code = "PORTLET_NOT_FOUND"
    message = "There is no such portlet"


class PortletLocked(LayoutInvalid):
    """A change of what the organisation has fixed."""

    code = LayoutInvalid.code
    message = "Your organization has fixed this portlet"


class TooManyPages(LayoutInvalid):
    """More pages than a layout may have."""

    code = LayoutInvalid.code
    message = "There is room for {most} pages"


class PageHeld(LayoutInvalid):
    """A page that can't be removed: the first one, or one with something fixed on it."""

    code = LayoutInvalid.code
    message = "This page can't be removed"


class PageUnknown(NotFound):
    """There is no such page in this layout."""

    code = "PORTAL_PAGE_NOT_FOUND"
    message = "There is no such page"


class LayoutDamaged(Conflict):
    """What is stored can't be read: it is left as it is until somebody goes back or begins anew."""

    code = "LAYOUT_DAMAGED"
    message = "What is stored of this layout can't be read; go back to an earlier version of it"


class RevisionUnknown(NotFound):
    """There is no such revision, or it is too old to be kept."""

    code = "LAYOUT_REVISION_NOT_FOUND"
    message = "There is no such version of this layout"


class NothingToUndo(Conflict):
    """There is nothing before this layout."""

    code = "NOTHING_TO_UNDO"
    message = "There is nothing to undo"


class PackUnfit(InvalidInput):
    """What was given to import is no layout of ours."""

    code = "LAYOUT_INVALID"
    message = "This is not a layout that can be read here"
