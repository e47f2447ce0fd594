"""A message to open pages leaves with its transaction, or never."""

import pytest
import sqlalchemy as sa
from tests.engines import Engines, Tenants

from maru.db import Database
from maru.push.log import LONGEST, LiveLog
from maru.redis import Redises
from maru.settings import Settings
from maru.signals import Signals
from maru_sdk import SystemFault

ROWS = sa.text("SELECT tenant_id, room, event, data FROM maru.live_message ORDER BY number")


class TestSend:
    async def test_it_leaves_with_the_transaction(
        self, engines: Engines, settings: Settings, tenants: Tenants
    ) -> None:
        async with (
            await Database.open(settings.database_url, pool_size=2) as database,
            await Database.open(settings.database_system_url, pool_size=2) as system,
        ):
            redises = Redises(settings)
            live = LiveLog(Signals(database, redises), redises.live)
            hanbit = tenants.hanbit.tenant
            assert hanbit is not None
            async with database.unit(tenants.hanbit) as unit:
                await live.send(unit, hanbit, "tenant", "lost", {})
            async with database.unit(tenants.hanbit) as unit:
                await live.send(unit, hanbit, "tenant", "kept", '{"a": 1}')
                await unit.commit()
            await redises.close()
            async with system.unit(tenants.hanbit, readonly=True) as unit:
                rows = (await (await unit.session()).execute(ROWS)).all()
        assert [tuple(row) for row in rows] == [(hanbit, "tenant", "kept", '{"a": 1}')]

    async def test_what_is_too_large_is_refused(
        self, settings: Settings, tenants: Tenants, database: Database
    ) -> None:
        redises = Redises(settings)
        live = LiveLog(Signals(database, redises), redises.live)
        assert tenants.hanbit.tenant is not None
        async with database.unit(tenants.hanbit) as unit:
            with pytest.raises(SystemFault, match="too many"):
                await live.send(
                    unit, tenants.hanbit.tenant, "tenant", "large", {"a": "x" * LONGEST}
                )
        await redises.close()
