"""The table of who follows what."""

from typing import Literal
from uuid import UUID

from maru_sdk.db import TenantModel, index, person_id, unique


class Subscription(TenantModel, table=True):
    """That a person wants to hear what is new of a board, a post or an author."""

    __table_args__ = (unique("person_id", "kind", "target_id"), index("kind", "target_id"))

    person_id: UUID = person_id(index=False)
    kind: Literal["board", "post", "author"]
    target_id: UUID
