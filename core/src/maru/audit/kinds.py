"""What an action's name says of its line: for how long it is kept, and how often it is worth one.

`rights.granted` changes rights; `person.viewed` and `people.exported` let personal data be seen.
Whoever writes a line needs to know no more than to name its action so.
"""

from typing import Final

from maru.audit.models import Kind

KINDS: Final[tuple[Kind, ...]] = ("general", "personal", "rights")
_RIGHTS: Final = frozenset({"rights", "role", "group", "permission"})
_SEEN: Final = (".viewed", ".exported")


def kind_of(action: str) -> Kind:
    """The kind of the line of an action."""
    if action.partition(".")[0] in _RIGHTS:
        return "rights"
    return "personal" if action.endswith(_SEEN) else "general"


def is_view(action: str) -> bool:
    """Whether the same again, by the same person and soon, tells nothing new."""
    return action.endswith(".viewed")
