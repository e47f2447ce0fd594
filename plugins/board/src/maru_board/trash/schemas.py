"""What the trash is asked and answers."""

from uuid import UUID

from maru_sdk import Model


class Keeping(Model):
    """A board that keeps its posts for some days."""

    id: UUID
    retention_days: int
