"""Which addresses may come: networks of both families, whatever clothes an address comes in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.api.asking import Asker, edge_of
from tests.core.api.conftest import Place
from tests.core.api.test_operation import variant

from maru.api.addresses import Lists, address_of, network_of
from maru.settings import SettingFault, load_settings

LISTS = Lists.of(["10.0.0.0/8", "2001:db8::/32"], ["10.6.6.0/24", "2001:db8:6::/48"])


@pytest.mark.parametrize(
    ("address", "permitted"),
    [
        ("10.1.2.3", True),
        ("10.6.6.6", False),
        ("11.0.0.1", False),
        ("::ffff:10.1.2.3", True),
        ("::ffff:10.6.6.6", False),
        ("::ffff:0a06:0606", False),
        ("2001:db8::1", True),
        ("2001:DB8:0:0::1", True),
        ("2001:db8:6::1", False),
        ("2001:db9::1", False),
        ("10.1.2.3:5000", True),
        ("[2001:db8::1]:443", True),
        ("2001:db8::1%eth0", True),
        ("", False),
        ("unknown", False),
        ("10.1.2", False),
    ],
)
def test_who_may_come(address: str, permitted: bool) -> None:
    assert LISTS.permits(address) is permitted


def test_networks_are_read_as_people_write_them() -> None:
    assert str(network_of(" 192.168.0.7/24 ")) == "192.168.0.0/24"
    assert str(network_of("::ffff:10.0.0.0/104")) == "10.0.0.0/8"
    assert str(network_of("2001:db8::7")) == "2001:db8::7/128"
    for wrong in ("", "10.0.0.0/33", "example.com", "10.0.0.0/8/8"):
        with pytest.raises(ValueError, match=r".*"):
            network_of(wrong)


@given(st.ip_addresses(v=4))
def test_an_address_in_the_clothes_of_the_other_family_is_the_same(address: object) -> None:
    assert address_of(f"::ffff:{address}") == address_of(str(address)) == address


def test_a_wrong_setting_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARU_ALLOW_ADDRESSES", "10.0.0.0/8,inside")
    with pytest.raises(SettingFault, match="MARU_ALLOW_ADDRESSES: 'inside' is no address"):
        load_settings(saved=False)


async def test_the_edge_lets_nobody_else_in(place: Place) -> None:
    given = {"allow_addresses": ["192.0.2.0/24"], "block_addresses": ["192.0.2.9"]}
    async with edge_of(variant(place, **given)) as (edge, log):
        for client, status in (("192.0.2.7", 200), ("192.0.2.9", 403), ("203.0.113.1", 403)):
            asker = Asker(edge, host="hanbit.maru.test", client=(client, 1))
            assert (await asker("GET", "/api/v1/notes/open")).status == status
            assert (await asker("GET", "/health/live")).status == 200
        refused = await asker("GET", "/api/v1/notes/open")
        assert refused.json["error"]["code"] == "ADDRESS_REFUSED"
        page = await asker("GET", "/login")
        assert (page.status, b"203.0.113.1" in page.body) == (403, True)
        assert log.line(ip="203.0.113.1", status=403)


async def test_a_strangers_forwarded_headers_don_t_count(place: Place) -> None:
    given = {"allow_addresses": ["192.0.2.0/24"], "forwarded_from": ["10.0.0.0/8"]}
    async with edge_of(variant(place, **given)) as (edge, _):
        told = {"x_forwarded_for": "192.0.2.7"}
        stranger = Asker(edge, host="hanbit.maru.test", client=("203.0.113.1", 1)).having(**told)
        assert (await stranger("GET", "/api/v1/notes/open")).status == 403
        proxy = Asker(edge, host="hanbit.maru.test", client=("::ffff:10.2.2.2", 1))
        assert (await proxy.having(**told)("GET", "/api/v1/notes/open")).status == 200
        lying = proxy.having(x_forwarded_for="192.0.2.7, 203.0.113.1")
        assert (await lying("GET", "/api/v1/notes/open")).status == 403
        assert (await proxy("GET", "/api/v1/notes/open")).status == 403, "the proxy itself"
