"""What core's plugins around people's accounts are made of, as the house hands it down."""

from dataclasses import dataclass

from maru.account.letters import AccountLetters
from maru.identity.changing import PasswordChanges
from maru.identity.people import People
from maru.identity.sessions import Sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountParts:
    """The services behind signing in and everything that people do with their own account."""

    sessions: Sessions
    people: People
    changes: PasswordChanges
    letters: AccountLetters
