"""A running Maru with a mail server of the module's own, and a plugin that draws mails."""

from collections.abc import AsyncIterator, Iterator

import pytest
from tests.core.mail.servers import MailServer, mail_server
from tests.engines import Engines, copy_of, settings_for
from tests.plugins.shelf import Shelf

from maru.testing import TestCompany, TestKit, kit_on


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    with mail_server() as made:
        yield made


@pytest.fixture(scope="module")
async def kit(
    engines: Engines, template: str, server: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[TestKit]:
    shelf = Shelf(tmp_path_factory.mktemp("mail"))
    shelf.add_kinds()
    given = {"smtp_url": f"smtp://127.0.0.1:{server.port}", "mail_from": "maru@example.com"}
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(shelf.folder)
        async with (
            copy_of(engines, template) as name,
            kit_on(settings_for(engines, name, **given)) as made,
        ):
            yield made
    shelf.forget()


@pytest.fixture
async def company(kit: TestKit, server: MailServer) -> TestCompany:
    """A company of this test, and a server that has forgotten the last one."""
    server.got.clear()
    server.to_rcpt, server.to_data = ["250 OK"], ["250 taken"]
    return await kit.company("kinds")
