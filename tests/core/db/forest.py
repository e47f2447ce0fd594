"""A second plugin of the tests' own, whose model is called as one of the first's."""

from pathlib import Path
from uuid import UUID

from maru.db.scripts import PluginMigrations
from maru_sdk.db import Relationship, TenantModel, reference

FOREST = PluginMigrations("forest", Path(__file__).with_name("forest_migrations"))


class Plant(TenantModel, table=True):
    __module__ = "maru_forest.models"

    name: str
    leaves: list["Leaf"] = Relationship(back_populates="plant")


class Leaf(TenantModel, table=True):
    __module__ = "maru_forest.models"

    plant_id: UUID = reference(Plant)
    plant: Plant = Relationship(back_populates="leaves")
