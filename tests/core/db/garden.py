"""A plugin of the tests' own, with the tables an author would write."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal
from uuid import UUID

from maru.db.scripts import PluginMigrations
from maru_sdk import Model
from maru_sdk.db import (
    Field,
    Query,
    Relationship,
    TenantModel,
    bindparam,
    col,
    desc,
    index,
    person_id,
    reference,
    select,
    unique,
)

GARDEN = PluginMigrations("garden", Path(__file__).with_name("garden_migrations"))


class Bed(TenantModel, table=True):
    __module__ = "maru_garden.models"
    __table_args__ = (unique("name"),)

    name: str = Field(max_length=80)
    plants: list["Plant"] = Relationship(back_populates="bed")


class Plant(TenantModel, table=True):
    __module__ = "maru_garden.models"
    __table_args__ = (index("bed_id", "is_rare", "id"), index("bed_id", "name", "id"))

    bed_id: UUID = reference(Bed)
    parent_id: UUID | None = reference("Plant", default=None, on_delete="set null")
    gardener_id: UUID | None = person_id(default=None)
    name: str
    kind: Literal["herb", "tree"] = "herb"
    is_rare: bool = False
    height: Decimal = Field(default=Decimal(0), max_digits=8, decimal_places=2)
    planted_at: datetime | None = None
    tags: list[str] = Field(default_factory=list)
    bed: Bed = Relationship(back_populates="plants")


class PlantRow(Model):
    id: UUID
    name: str
    is_rare: bool
    height: Decimal
    planted_at: datetime | None
    tags: list[str]


COLUMNS = (Plant.id, Plant.name, Plant.is_rare, Plant.height, Plant.planted_at, Plant.tags)
OF_BED = select(*COLUMNS).where(col(Plant.bed_id) == bindparam("bed_id"))
PLANTS = Query(
    OF_BED,
    PlantRow,
    order=(desc(Plant.is_rare), desc(Plant.id)),
    sorts={"name": Plant.name},
)
MIXED = Query(OF_BED, PlantRow, order=(desc(Plant.is_rare), Plant.name, Plant.id))
EVERY_PLANT = Query(select(*COLUMNS), PlantRow, order=(Plant.id,))
