"""Several processes' limits on one Redis, each test in a corner of its own."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from uuid import UUID, uuid4

import pytest
from tests.engines import Engines

from maru.limits import Limits, LimitsOf, Whom
from maru.observability.metrics import Metrics
from maru.redis.roles import linked

Opening = Callable[..., Limits]


@pytest.fixture
async def opening(engines: Engines) -> AsyncIterator[Opening]:
    """Makes the limits of one more process of this test's installation."""
    instance = f"t{secrets.token_hex(4)}"
    async with AsyncExitStack() as stack:

        def make(allowed: LimitsOf, url: str = engines.queue.url, wait: float = 10.0) -> Limits:
            link = linked("queue", url, wait)
            stack.push_async_callback(link.close)
            return Limits(link, allowed, Metrics("web"), instance=instance)

        yield make


@pytest.fixture
def tenant() -> UUID:
    return uuid4()


@pytest.fixture
def whom(tenant: UUID) -> Whom:
    """A person with a token."""
    return Whom(tenant, "192.0.2.1", uuid4(), uuid4())
