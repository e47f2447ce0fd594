"""The tables of pop-ups."""

from datetime import datetime
from uuid import UUID

from maru_board.models import Post
from maru_sdk.db import Field, TenantModel, index, person_id, reference, unique


class Popup(TenantModel, table=True):
    """That a post pops up from one time to another, for everybody, or for some departments with
    all below them, roles and people."""

    __table_args__ = (unique("post_id"), index("ends_at"))

    post_id: UUID = reference(Post, index=False)
    starts_at: datetime
    ends_at: datetime
    everyone: bool = True
    departments: list[str] = Field(default_factory=list)
    roles: list[str] = Field(default_factory=list)
    people: list[str] = Field(default_factory=list)


class PopupHidden(TenantModel, table=True):
    """That somebody doesn't want to see a pop-up until a time."""

    __table_args__ = (unique("popup_id", "person_id"),)

    popup_id: UUID = reference(Popup, index=False)
    person_id: UUID = person_id(index=False)
    until: datetime
