"""What comes in and goes out of following."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from maru_sdk import Model

Kind = Literal["board", "post", "author"]


class SubscriptionIn(Model):
    """What somebody begins to follow."""

    kind: Kind = Field(description="A board's new posts, a post's comments or an author's posts")
    target_id: UUID


class SubscriptionOut(SubscriptionIn):
    """What somebody follows; `name` is the board's, the post's title or the author's name."""

    id: UUID
    name: str | None


class Follower(Model):
    """Somebody who follows something."""

    person_id: UUID
