"""Where links in mails lead: what the operator says, never what a request says."""

from typing import cast
from uuid import UUID, uuid4

import pytest

from maru.settings import SettingFault, Settings
from maru.tenancy.homes import Homes
from maru.tenancy.tenants import Tenants
from maru_sdk import Tenant

OURS, THEIRS = uuid4(), uuid4()


class Directory:
    """Two tenants, one with a domain of its own."""

    def by_id(self, tenant_id: UUID) -> Tenant:
        return Tenant(id=tenant_id, slug="hanbit", name="한빛", locale="ko", timezone="Asia/Seoul")

    def domain_of(self, tenant_id: UUID) -> str | None:
        return "portal.example.com" if tenant_id == THEIRS else None


def home(tenant_id: UUID = OURS, **given: object) -> str:
    tenants = cast("Tenants", Directory())
    return Homes.of(Settings.model_validate(given), tenants).of_tenant(tenant_id)


def test_is_a_host_below_the_base_domain() -> None:
    assert home(base_domain="maru.example") == "https://hanbit.maru.example"
    assert home(THEIRS, base_domain="maru.example") == "https://portal.example.com"


def test_a_demo_has_a_port_and_no_certificate() -> None:
    assert home(port=8431) == "http://hanbit.localhost:8431"
    assert home(base_domain="maru.test", demo=True) == "http://hanbit.maru.test:8400"


def test_the_operator_may_say_otherwise() -> None:
    assert home(public_url="http://{tenant}.corp:8080/") == "http://hanbit.corp:8080"
    for wrong in ("https://one.example", "{tenant}.example", "javascript:{tenant}"):
        with pytest.raises(SettingFault):
            home(public_url=wrong)
