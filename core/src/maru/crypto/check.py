"""Notices at the start that the secret key is not the one that stored secrets are sealed under."""

import logging

from maru.crypto.keys import Keys
from maru.crypto.queries import CHECK_ANEW, CHECKED, FIRST_CHECK
from maru.crypto.vault import PURPOSE
from maru.db.database import Database
from maru.db.scope import NOBODY
from maru.db.unit import committing
from maru.settings import SettingFault
from maru_sdk.db import uuid7

log = logging.getLogger(__name__)

SETTING = "MARU_SECRET_KEY"


async def check_secret(database: Database, keys: Keys, old: Keys | None = None) -> None:
    """Remembers the first secret key's name; a SettingFault where another one comes later."""
    name = keys.name(PURPOSE)
    known = await _known(database) or await _first(database, name)
    if known == name:
        return
    if old is None or known != old.name(PURPOSE):
        raise SettingFault(
            SETTING,
            "is not the one that this installation's secrets are sealed under; give that one as"
            f" {SETTING}_OLD until `maru keys data rewrap` has run",
        )
    log.warning("data keys are sealed under %s_OLD; run `maru keys data rewrap`", SETTING)


async def settle_secret(database: Database, keys: Keys) -> None:
    """Says that everything is sealed under this secret key now."""
    async with committing(database.unit(NOBODY)) as unit:
        await unit.db.execute(CHECK_ANEW, {"of": PURPOSE, "by": keys.name(PURPOSE)})


async def _known(database: Database) -> str | None:
    rows = await database.unit(NOBODY, readonly=True).read(CHECKED, purpose=PURPOSE)
    return rows[0].name if rows else None


async def _first(database: Database, name: str) -> str:
    async with committing(database.unit(NOBODY)) as unit:
        await unit.db.execute(FIRST_CHECK, [{"id": uuid7(), "purpose": PURPOSE, "name": name}])
    return await _known(database) or name
