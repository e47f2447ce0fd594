"""A tenant's quotas and its use."""

from datetime import datetime

from maru_sdk import Model


class QuotasOut(Model):
    """What the tenant may have (none: without end) and what it had when it was last measured (none:
    it hasn't been). `jobs_quota` is how many of its jobs may be at work at a time."""

    people: int | None
    people_quota: int | None
    storage: int | None
    storage_quota: int | None
    jobs: int | None
    jobs_quota: int | None
    measured_at: datetime | None
