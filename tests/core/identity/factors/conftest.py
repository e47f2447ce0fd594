"""The factors of one process, over the vault of its tenants."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from tests.core.identity.company import SECRET, Company, Process

from maru.audit.trail import AuditTrail
from maru.crypto.keys import Keys
from maru.crypto.vault import Vault
from maru.db.scope import Scope
from maru.db.unit import Unit
from maru.identity.factors.factors import Factors
from maru.identity.factors.passkeys import Site
from maru.identity.factors.step import SecondFactor

SITE = Site("https://hanbit.example.test")


@dataclass(frozen=True)
class Place:
    """Everything that a test of factors asks for."""

    process: Process
    company: Company
    factors: Factors

    @property
    def alice(self) -> UUID:
        """The person of the company."""
        return self.company.alice

    def unit(self) -> Unit:
        """A unit of the company's."""
        return self.process.database.unit(Scope(self.company.id))


@pytest.fixture(scope="package")
def factors(process: Process) -> Factors:
    """Factors, with their step among those of the process."""
    keys = Keys(SECRET)
    vault = Vault(process.database, keys)
    granted = process.rights.granted
    made = Factors(process.database, keys, vault, AuditTrail(), granted, process.clock)
    process.sessions.steps.add(SecondFactor(made))
    return made


@pytest.fixture
def place(process: Process, company: Company, factors: Factors) -> Place:
    """A company in which nobody has a factor yet."""
    return Place(process, company, factors)
