"""Puts together what signing in and people's own accounts are made of; nothing here waits."""

from dataclasses import dataclass

from maru.access.rights import Rights
from maru.account.letters import AccountLetters
from maru.account.parts import AccountParts
from maru.account.plugin import policies
from maru.audit.trail import AuditTrail
from maru.cache import Cache
from maru.crypto.keys import Keys
from maru.crypto.vault import Vault
from maru.db.database import Database
from maru.federation.single import Parts, SingleSignOn
from maru.identity.changing import PasswordChanges
from maru.identity.factors.factors import Factors
from maru.identity.factors.step import SecondFactor
from maru.identity.people import People
from maru.identity.sessions import Sessions
from maru.identity.tickets import PasswordTickets
from maru.outside import Outside
from maru.plugins.settings import SettingsStore
from maru.signals import Signals
from maru.tenancy.homes import Homes


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """What accounts stand on."""

    database: Database
    signals: Signals
    keys: Keys
    vault: Vault
    cache: Cache
    audit: AuditTrail
    rights: Rights
    store: SettingsStore
    outside: Outside
    homes: Homes


def composed(below: Below) -> AccountParts:
    """The services behind signing in, the second factor asked for among the steps."""
    database, audit = below.database, below.audit
    people = People(database, below.signals, below.cache)
    sessions = Sessions(
        database, below.signals, below.keys, audit=audit, policy_of=policies(below.store)
    )
    factors = Factors(database, below.keys, below.vault, audit, below.rights.granted)
    sessions.steps.add(SecondFactor(factors))
    tickets = PasswordTickets(database, sessions, audit)
    return AccountParts(
        sessions=sessions,
        people=people,
        changes=PasswordChanges(database, sessions, audit),
        letters=AccountLetters.of(tickets, below.homes),
        single=_single(below, people, sessions),
        factors=factors,
    )


def _single(below: Below, people: People, sessions: Sessions) -> SingleSignOn:
    return SingleSignOn(
        Parts(
            database=below.database,
            signals=below.signals,
            vault=below.vault,
            outside=below.outside,
            people=people,
            rights=below.rights,
            sessions=sessions,
            audit=below.audit,
        )
    )
