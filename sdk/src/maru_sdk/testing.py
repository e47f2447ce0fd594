"""Fixtures for the tests of a plugin, on real engines; loaded by pytest wherever the SDK is
installed.

A plugin's `conftest.py` says which plugin is tested, and nothing else:

    @pytest.fixture(scope="session")
    def plugin_key() -> str:
        return "board"

The fixtures: `maru` (the running Kit), `company` and `other_company`, and for the first `tenant`,
`ctx` (as its admin), `client` (signed in as a member), `admin_client` and `anonymous`;
`other_client` is a member of the second.

Each test gets tenants of its own, made in a database of the session's, so tests neither see one
another nor need to clean up. What stands behind the fixtures comes from core by the entry point
group `maru.testing`; a plugin's tests never import core.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol

import pytest
import pytest_asyncio

from maru_sdk._context import Context, ContextSeed, Tenant, User

if TYPE_CHECKING:
    from httpx2 import AsyncClient

__all__ = ["Company", "Kit"]


class Company(Protocol):
    """A tenant made for one test, with three people: `admin`, `manager` and `member`."""

    tenant: Tenant
    admin: User
    manager: User
    member: User

    def context(
        self, actor: User | None = None, *, readonly: bool = False
    ) -> AbstractAsyncContextManager[Context]:
        """A context of the plugin under test, as `admin` unless told; committed when left without
        exception."""
        ...

    def client(self, actor: User | None = None) -> "AsyncClient":
        """A client of the whole application, signed in as `actor` by a bearer token; anonymous
        without."""
        ...

    async def enable(self, *keys: str) -> None:
        """Switches plugins on in this tenant."""
        ...

    async def disable(self, *keys: str) -> None:
        """Switches plugins off in this tenant."""
        ...


class Kit(Protocol):
    """A running Maru for the session: real PostgreSQL, real Redis, every installed plugin."""

    async def company(self, *keys: str) -> Company:
        """A new tenant in which these plugins are on."""
        ...

    async def work(self) -> int:
        """Does everything that is due in all tenants (jobs, listeners) and returns how much it
        was."""
        ...

    async def explain(self, company: Company, query: object, **args: object) -> Sequence[str]:
        """The sequential scans in the plan of a query of `queries.py`, run as the runtime role."""
        ...

    def run_apart(self, seed: ContextSeed, kind: str, name: str, ask: str | None = None) -> str:
        """Runs the handler of a declaration (`"jobs"`, `"board.purge_board"`) in another process,
        JSON in and out."""
        ...


@pytest.fixture(scope="session")
def plugin_key() -> str:
    """The key of the plugin under test; its conftest overrides this."""
    raise pytest.UsageError("give the fixture plugin_key in your plugin's conftest.py")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def maru() -> AsyncIterator[Kit]:
    """The running Maru of this session."""
    (provider,) = entry_points(group="maru.testing")
    async with provider.load()() as kit:
        yield kit


@pytest_asyncio.fixture(loop_scope="session")
async def company(maru: Kit, plugin_key: str) -> Company:
    """A tenant of this test's own, with the plugin on."""
    return await maru.company(plugin_key)


@pytest_asyncio.fixture(loop_scope="session")
async def other_company(maru: Kit, plugin_key: str) -> Company:
    """A second tenant, with the plugin on, that must never be seen from the first."""
    return await maru.company(plugin_key)


@pytest.fixture
def tenant(company: Company) -> Tenant:
    """The tenant of `company`."""
    return company.tenant


@pytest_asyncio.fixture(loop_scope="session")
async def ctx(company: Company) -> AsyncIterator[Context]:
    """A context as the tenant's admin."""
    async with company.context() as context:
        yield context


@pytest_asyncio.fixture(loop_scope="session")
async def client(company: Company) -> "AsyncIterator[AsyncClient]":
    """A client signed in as a member."""
    async with company.client(company.member) as session:
        yield session


@pytest_asyncio.fixture(loop_scope="session")
async def admin_client(company: Company) -> "AsyncIterator[AsyncClient]":
    """A client signed in as the tenant's admin."""
    async with company.client(company.admin) as session:
        yield session


@pytest_asyncio.fixture(loop_scope="session")
async def anonymous(company: Company) -> "AsyncIterator[AsyncClient]":
    """A client that nobody is signed in with."""
    async with company.client() as session:
        yield session


@pytest_asyncio.fixture(loop_scope="session")
async def other_client(other_company: Company) -> "AsyncIterator[AsyncClient]":
    """A client signed in as a member of the second tenant."""
    async with other_company.client(other_company.member) as session:
        yield session
