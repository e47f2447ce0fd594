"""Answers kept for repeated requests go after a day, and not before."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from maru.api.jobs import KEPT, forget_answers
from maru.api.models import Idempotency
from maru_sdk.db import col, select
from maru_sdk.testing import Company


@pytest.fixture(scope="session")
def plugin_key() -> str:
    return "board"


async def test_only_answers_of_yesterday_are_forgotten(company: Company) -> None:
    async with company.context() as ctx:
        for key, age in (
            ("old", KEPT + timedelta(minutes=1)),
            ("new", KEPT - timedelta(minutes=1)),
        ):
            row = {"route": "r", "key": key, "body_hash": "h", "created_at": ctx.now - age}
            await ctx.db.execute(sa.insert(Idempotency), [row])
        await forget_answers.function(ctx)
        left = await ctx.db.scalars(select(col(Idempotency.key)))
        assert list(left) == ["new"]
