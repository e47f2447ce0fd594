"""A house whose mail goes to a server of the tests, for tests that read it."""

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.core.mail.servers import MailServer, mail_server
from tests.engines import Engines, copy_of, settings_for

from maru.testing import TestKit as Kit
from maru.testing import kit_on


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


@pytest.fixture(scope="module")
async def kit(engines: Engines, template: str, server: MailServer) -> AsyncIterator[Kit]:
    given = {"smtp_url": f"smtp://127.0.0.1:{server.port}", "mail_from": "maru@example.com"}
    async with (
        copy_of(engines, template) as name,
        kit_on(settings_for(engines, name, **given)) as made,
    ):
        yield made
