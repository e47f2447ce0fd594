"""Models as authors write them: little to say, and hard to get wrong."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.orm import configure_mappers
from sqlalchemy.schema import CreateIndex, CreateTable

from maru_sdk.db import (
    Field,
    Relationship,
    TenantModel,
    department_id,
    index,
    person_id,
    reference,
    tables_of,
    unique,
    uuid7,
)


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


class Kennel(TenantModel, table=True):
    __module__ = "maru_acme_dogs.models"

    name: str = Field(max_length=40)


class ShepherdDog(TenantModel, table=True):
    __module__ = "maru_acme_dogs.models"
    __table_args__ = (index("kennel_id", "id"), unique("name", where="mood = 'good'"))

    kennel_id: UUID = reference(Kennel)
    parent_id: UUID | None = reference("ShepherdDog", default=None, on_delete="set null")
    keeper_id: UUID = person_id()
    department_id: UUID | None = department_id(default=None, index=False)
    name: str
    born_at: datetime | None = None
    mood: Mood = Mood.GOOD
    size: Literal["small", "it's large"] = "small"
    price: Decimal = Field(default=Decimal(0), max_digits=9, decimal_places=2)
    tricks: int = 0
    tags: list[str] = Field(default_factory=list)
    extra: dict[str, Any] | None = None


DOG: sa.Table = ShepherdDog.__table__  # type: ignore[attr-defined]


def ddl(item: Any) -> str:
    return " ".join(str(item.compile(dialect=dialect())).split())  # type: ignore[no-untyped-call]


def dog(**given: Any) -> ShepherdDog:
    return ShepherdDog(**{"kennel_id": uuid7(), "keeper_id": uuid7(), "name": "바둑이", **given})


def test_a_table_has_the_plugins_schema_and_the_tenants_key() -> None:
    assert DOG.fullname == "plugin_acme_dogs.shepherd_dog"
    made = ddl(CreateTable(DOG))
    assert "tenant_id UUID DEFAULT maru.tenant() NOT NULL" in made
    assert "PRIMARY KEY (tenant_id, id)" in made
    assert DOG in tables_of("maru_acme_dogs").tables.values()


@pytest.mark.parametrize(
    "part",
    [
        "(tenant_id, kennel_id) REFERENCES plugin_acme_dogs.kennel (tenant_id, id) ON DELETE CAS",
        "(tenant_id, parent_id) REFERENCES plugin_acme_dogs.shepherd_dog (tenant_id, id) ON DEL",
        "ON DELETE SET NULL (parent_id)",
        "FOREIGN KEY(tenant_id, keeper_id) REFERENCES maru.person (tenant_id, id)",
        "FOREIGN KEY(tenant_id, department_id) REFERENCES maru.department (tenant_id, id)",
        "parent_id UUID,",
        "keeper_id UUID NOT NULL",
        "born_at TIMESTAMP WITH TIME ZONE,",
        "mood VARCHAR(40) DEFAULT 'good' NOT NULL",
        "CHECK (mood IN ('good', 'bad'))",
        "size TEXT DEFAULT 'small' NOT NULL",
        "CHECK (size IN ('small', 'it''s large'))",
        "price NUMERIC(9, 2) NOT NULL",
        "tricks BIGINT DEFAULT 0 NOT NULL",
        "tags JSONB DEFAULT '[]' NOT NULL",
        "extra JSONB,",
    ],
)
def test_columns_and_references(part: str) -> None:
    assert part in ddl(CreateTable(DOG))


def test_each_index_leads_with_the_tenant() -> None:
    made = sorted(ddl(CreateIndex(found)).partition("INDEX ")[2] for found in DOG.indexes)
    table = "plugin_acme_dogs.shepherd_dog"
    assert made == [
        f"shepherd_dog_keeper_id_idx ON {table} (tenant_id, keeper_id)",
        f"shepherd_dog_kennel_id_id_idx ON {table} (tenant_id, kennel_id, id)",
        f"shepherd_dog_name_key ON {table} (tenant_id, name) WHERE mood = 'good'",
        f"shepherd_dog_parent_id_idx ON {table} (tenant_id, parent_id)",
    ]


def test_a_dump_holds_no_tenant() -> None:
    assert "tenant_id" not in dog().model_dump()
    assert "tenant_id" not in ShepherdDog.model_fields


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"nmae": "x"}, "ShepherdDog has no nmae"),
        ({"tenant_id": uuid7()}, "tenant_id is filled by the database"),
    ],
)
def test_an_unknown_field_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        dog(**given)


def test_a_missing_field_is_refused() -> None:
    with pytest.raises(TypeError, match="ShepherdDog needs kennel_id, name"):
        ShepherdDog(keeper_id=uuid7())  # type: ignore[call-arg]


def test_tables_belong_to_a_plugins_package() -> None:
    with pytest.raises(TypeError, match="not to 'elsewhere'"):

        class Lost(TenantModel, table=True):
            __module__ = "elsewhere.models"


def test_ids_are_version_7_and_grow() -> None:
    made = [uuid7() for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == 10_000
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}
    now = datetime.now().astimezone().timestamp()
    assert abs((made[-1].int >> 80) / 1000 - now) < 60


class Owner(TenantModel, table=True):
    __module__ = "maru_acme_cats.models"

    cats: list["Cat"] = Relationship(back_populates="owner")


class Basket(TenantModel, table=True):
    __module__ = "maru_acme_cats.models"

    cats: list["Cat"] = Relationship(back_populates="basket")


class Cat(TenantModel, table=True):
    __module__ = "maru_acme_cats.models"

    owner_id: UUID = reference(Owner)
    basket_id: UUID | None = reference(Basket, default=None)
    owner: Owner = Relationship(back_populates="cats")
    basket: Basket | None = Relationship(back_populates="cats")


def test_relationships_write_the_referring_column_alone() -> None:
    configure_mappers()  # two of them share the tenant's column, and no warning is heard
    written = {
        name: {column.name for column in sa.inspect(Cat).relationships[name].local_columns}
        for name in ("owner", "basket")
    }
    assert written == {"owner": {"tenant_id", "owner_id"}, "basket": {"tenant_id", "basket_id"}}
    pairs = sa.inspect(Cat).relationships["basket"].synchronize_pairs
    assert [child.name for _, child in pairs] == ["basket_id"]


def test_a_relationship_needs_a_reference() -> None:
    class Alone(TenantModel, table=True):
        __module__ = "maru_acme_lost.models"

        friend: "Alone" = Relationship()

    with pytest.raises(TypeError, match=r"Alone.friend: no reference leads there"):
        configure_mappers()
    Alone._sa_registry.dispose()
