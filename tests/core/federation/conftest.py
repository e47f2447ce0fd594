"""A web process over small companies whose people sign in elsewhere, with the other side on
loopback."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2 as httpx
import pytest
from tests.core.federation.browsing import BASE, Person
from tests.core.federation.rogue import Rogue, serving_rogue
from tests.core.identity.company import Company, found_company, settings
from tests.peers.running import OIDC, child, free_port, node

from maru.app import serving
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import House, open_house
from maru.observability.log import Journal
from maru.settings import Settings

__all__ = ["settings"]


@pytest.fixture(scope="package")
async def house(settings: Settings) -> AsyncIterator[House]:
    """One process of an installation whose operator has opened loopback."""
    given = {"base_domain": BASE, "outside_allow": ["127.0.0.0/8"]}
    async with open_house(settings.model_copy(update=given)) as made:
        yield made


@pytest.fixture(scope="package")
async def web(house: House) -> AsyncIterator[httpx.ASGITransport]:
    """Its edge, as a transport for clients."""
    async with AsyncExitStack() as stack:
        edge = await stack.enter_async_context(serving(house, Journal("web", "INFO")))
        yield httpx.ASGITransport(edge)


@pytest.fixture
async def company(settings: Settings, house: House) -> Company:
    """A tenant of this test alone; alice is its admin."""
    made = await found_company(settings, house)
    async with committing(house.database.unit(Scope(made.id))) as unit:
        await house.rights.roles.grant(unit, "admin", "person", made.alice)
    await house.tenants.load()
    return made


@pytest.fixture
async def person(web: httpx.ASGITransport, company: Company) -> AsyncIterator[Person]:
    """Somebody at a browser."""
    async with Person.sitting(web, company) as made:
        yield made


@pytest.fixture
async def admin(web: httpx.ASGITransport, company: Company) -> AsyncIterator[Person]:
    """Alice, who sets up how people sign in."""
    async with Person.sitting(web, company) as made:
        await made.by_password("alice")
        yield made


@pytest.fixture(scope="package")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The certified provider: its issuer."""
    program = node()
    if program is None or not (OIDC / "node_modules/oidc-provider").is_dir():
        pytest.skip("npm ci has not been run in tests/peers/oidc")
    port, log = free_port(), Path(tmp_path_factory.mktemp("oidc")) / "log"
    with child([program, "provider.mjs", str(port)], port, log, cwd=OIDC):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
async def rogue() -> AsyncIterator[Rogue]:
    """A provider that says what a test wants it to say."""
    async with serving_rogue() as made:
        yield made
