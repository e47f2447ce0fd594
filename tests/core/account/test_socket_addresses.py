"""From where a socket may be opened: by the lists of the installation, like every request."""

from typing import Any

import pytest
from tests.core.account.conftest import BASE, slug_of
from tests.core.identity.company import Company

from maru.api.addresses import Lists
from maru.api.errors import AddressRefused
from maru.api.hosts import Hosts
from maru.house import House
from maru.identity.errors import CsrfFailed
from maru.push.trust import HEADER, Trust
from maru.pusher.admission import Admission


@pytest.fixture
def admission(house: House) -> Admission:
    hosts = Hosts(house.tenants, BASE, ["10.0.0.0/8"])
    return Admission(
        hosts,
        house.sessions,
        house.people,
        Trust(house.keys),
        instance=house.settings.instance,
        origins=frozenset(),
        addresses=Lists.of(["192.0.2.0/24"], []),
    )


def handshake(company: Company, client: str, **headers: str) -> dict[str, Any]:
    told = {"host": f"{slug_of(company)}.{BASE}"} | headers
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in told.items()]
    return {"type": "websocket", "path": "/", "headers": lines, "client": (client, 1)}


@pytest.mark.parametrize(
    ("client", "told", "permitted"),
    [
        ("192.0.2.1", {}, True),
        ("203.0.113.1", {}, False),
        ("203.0.113.1", {"x_forwarded_for": "192.0.2.1"}, False),
        ("10.0.0.1", {"x_forwarded_for": "192.0.2.1"}, True),
        ("10.0.0.1", {"x_forwarded_for": "203.0.113.1"}, False),
    ],
)
async def test_who_may_come(
    admission: Admission, company: Company, client: str, told: dict[str, str], permitted: bool
) -> None:
    refusal = CsrfFailed if permitted else AddressRefused  # allowed so far, but from no page
    with pytest.raises(refusal):
        await admission.admit(handshake(company, client, **told), None)


async def test_web_tells_whom_it_passes_on(
    admission: Admission, house: House, company: Company
) -> None:
    word = {HEADER.decode(): Trust(house.keys).word}
    for client, refusal in (("192.0.2.1", CsrfFailed), ("203.0.113.1", AddressRefused)):
        scope = handshake(company, "127.0.0.1", x_forwarded_for=client, **word)
        with pytest.raises(refusal):
            await admission.admit(scope, None)
