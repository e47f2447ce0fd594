"""What admins see of layouts."""

from uuid import UUID

from pydantic import Field

from maru.admin.layouts.queries import Orphan
from maru.portal.schemas import RevisionOut
from maru.portal.service import PortalView
from maru_sdk import Model


class LayerOut(Model):
    """A layer that can be worked on; `scope` names it in addresses."""

    scope: str
    name: str
    is_published: bool
    is_draft: bool
    is_damaged: bool = False
    people: int
    arranged: int


class Published(Model):
    """What a publication did; `changed` is false where there was no draft."""

    changed: bool
    people: int
    arranged: int


class Cleared(Model):
    """How many layers named what was taken out of them."""

    layers: int


class Damaged(Model):
    """A layer that can't be read. `owner` is a person's name; of a role there is its id."""

    kind: str
    owner_id: UUID
    owner: str | None


class DamagedView(Model):
    """All of them."""

    damaged: list[Damaged]


class WhoForm(Model):
    """Through whose eyes."""

    username: str = Field(title="User name", max_length=200)


class PackForm(Model):
    """An export, pasted."""

    pack: str = Field(title="Exported layout", json_schema_extra={"x-kind": "long"})


class LayoutsView(Model):
    """All layers, and the orphans."""

    layers: list[LayerOut]
    orphans: list[Orphan]
    who_schema: dict[str, object]


class LayerView(Model):
    """One layer in its place: the page as it is being worked on."""

    layer: LayerOut
    view: PortalView
    revisions: list[RevisionOut]
    pack_schema: dict[str, object]


class AsPersonView(Model):
    """What a person sees."""

    name: str
    view: PortalView
