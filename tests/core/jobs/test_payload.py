"""What can't be kept is refused where it is enqueued, and the field is named."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ConfigDict
from tests.core.jobs import shop
from tests.core.jobs.house import House
from tests.engines import Tenants

from maru.jobs.payload import LARGEST, checked
from maru.jobs.queue import Asker, Terms
from maru_sdk import InvalidInput, Model


class Inner(Model):
    text: str = ""
    number: float = 0


class Outer(Model):
    name: str = ""
    inner: Inner = Inner()
    many: tuple[Inner, ...] = ()
    missing: str | None = None


class Odd(Model):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    fine: int = 1
    thing: Any = None


def refused(ask: Any) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as raised:
        checked("shop.write", ask)
    (field,) = raised.value.details["fields"]
    assert field["path"] in str(raised.value)
    return field["path"], field["code"]


class TestPayload:
    @pytest.mark.parametrize(
        ("ask", "path", "code"),
        [
            (Outer(inner=Inner(text="a\x00b")), "inner.text", "nul"),
            (Outer(many=(Inner(), Inner(text="\x00"))), "many.1.text", "nul"),
            (Outer(inner=Inner(number=float("nan"))), "inner.number", "finite_number"),
            (Outer(many=(Inner(number=float("inf")),)), "many.0.number", "finite_number"),
            (Outer(name="x" * LARGEST), "name", "too_large"),
            (Outer(name="가" * (LARGEST // 3)), "name", "too_large"),
            (Outer(name="\ud800"), "name", "serializable"),
            (Outer(inner=Inner(text="\ud800")), "inner.text", "serializable"),
            (Odd(thing=object()), "thing", "serializable"),
            ({"target": "a dict"}, "", "model"),
            (7, "", "model"),
        ],
    )
    def test_refused(self, ask: Any, path: str, code: str) -> None:
        assert refused(ask) == (path, code)

    def test_taken_as_it_is(self) -> None:
        ask = Outer(name="\\u0000 in words, NaN and null too", inner=Inner(text="한글 🏮"))
        assert Outer.model_validate(checked("shop.write", ask).value) == ask
        assert checked("shop.write", None).value == {}
        assert len(checked("shop.write", Outer(name="가" * 300_000)).json) > 300_000


class TestTerms:
    @pytest.mark.parametrize(
        "terms",
        [
            Terms(unique="x" * 201),
            Terms(unique=""),
            Terms(unique="a\x00"),
            Terms(unique="\ud800"),
            Terms(deadline=datetime.now(UTC) - timedelta(seconds=1)),
            Terms(deadline=datetime.now(UTC), at=datetime.now(UTC) + timedelta(hours=1)),
            Terms(at=datetime(2030, 1, 1)),  # noqa: DTZ001
            Terms(priority="urgent"),  # type: ignore[arg-type]
        ],
    )
    async def test_refused(self, house: House, tenants: Tenants, terms: Terms) -> None:
        async with house.database.unit(tenants.hanbit) as unit:
            asker = Asker(tenant=unit.scope.tenant)  # type: ignore[arg-type]
            with pytest.raises(InvalidInput):
                await house.queue.put(unit, asker, shop.write, [None], terms)
            assert not unit.touched

    async def test_chains_and_groups_of_none(self, house: House, tenants: Tenants) -> None:
        async with house.database.unit(tenants.hanbit) as unit:
            asker = Asker(tenant=unit.scope.tenant)  # type: ignore[arg-type]
            with pytest.raises(InvalidInput):
                await house.queue.chain(unit, asker, [], Terms())
            with pytest.raises(InvalidInput):
                await house.queue.group(unit, asker, [], (shop.idle, None), Terms())
            assert await house.queue.put(unit, asker, shop.write, [], Terms()) == []
