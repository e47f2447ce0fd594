"""Parts of core's plugins for tests that read declarations and call none of them."""

from typing import Any

from maru.account.letters import AccountLetters
from maru.account.parts import AccountParts
from maru.notifications.mailing import Mailing
from maru.search.parts import open_search
from maru.settings import Settings

_nothing: Any = None
LETTERS = AccountLetters.of(_nothing, _nothing)
ACCOUNT = AccountParts(
    sessions=_nothing,
    people=_nothing,
    changes=_nothing,
    letters=LETTERS,
    single=_nothing,
    factors=_nothing,
)
POINTS: Any = None
BOARD: Any = None
PORTAL: Any = None
SEARCH = open_search(Settings(), _nothing, _nothing)
NOTIFICATIONS = Mailing.of(_nothing, _nothing)
