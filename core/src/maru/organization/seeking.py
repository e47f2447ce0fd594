"""Whom a few letters may mean: the first of each way are put together, those who are called so
before those who are known so."""

from typing import Final

import sqlalchemy as sa

from maru.identity.people_queries import SEEN, WORKING, UserOut
from maru.organization.ways import asked_for, begins, found, person
from maru_sdk import Context
from maru_sdk.db import Query, bindparam

OF_EACH: Final = 40
"""People of each way that are looked at."""

_IDS: Final = found(person.c.state == "active", of_each=OF_EACH)
_CALLED: Final = sa.case(
    (begins(person.c.name_key, "key"), 0), (begins(person.c.given_key, "key"), 1), else_=2
)

SOUGHT: Final = Query(
    sa.select(*SEEN)
    .select_from(WORKING)
    .where(person.c.id == sa.any_(sa.func.array(sa.select(_IDS.c.id).scalar_subquery())))
    .order_by(_CALLED, person.c.name, person.c.id)
    .limit(bindparam("most", type_=sa.Integer())),
    UserOut,
)


async def sought(ctx: Context, text: str, most: int) -> list[UserOut]:
    """The first people whom a text may mean: by the beginning of a name or of its given part, its
    initial consonants or both mixed (홍ㄱㄷ), its spellings in Latin letters, of a user name, mail
    address, employee number or phone number, or by their department's name."""
    asked = asked_for(text)
    return list(await ctx.read(SOUGHT, most=most, **asked)) if asked else []
