"""Whom a few letters may mean: each column that a person is sought by has an index of its own, and
the first of each are put together. Nothing is read that an index doesn't name."""

import re
import unicodedata
from typing import Any, Final

import sqlalchemy as sa

from maru.identity.hangul import FIRST, INITIALS, OF_INITIAL, OF_VOWEL, apart, initials, place
from maru.identity.models import Department, Person
from maru.identity.names import name_key
from maru.identity.people_queries import SEEN, WORKING, UserOut
from maru.identity.sign_in import fold
from maru_sdk import Context
from maru_sdk.db import Query, bindparam

OF_EACH: Final = 40
"""People of each column that are looked at."""

LAST: Final = "\U0010ffff"
_PHONE: Final = re.compile(r"[\d\s().+-]{3,}")

person: Final[Any] = Person.__table__  # type: ignore[attr-defined]
department: Final[Any] = Department.__table__  # type: ignore[attr-defined]


def _begins(column: Any, name: str) -> Any:
    """That a column begins so, in the words of an index: the order of bytes, from and to."""
    asked = bindparam(name, type_=sa.Text())
    ordered = sa.collate(column, "C")
    return sa.and_(ordered >= asked, ordered < asked.concat(sa.literal_column(f"'{LAST}'")))


def _some(column: Any, name: str, *more: Any) -> Any:
    """The first people whose column begins so."""
    return (
        sa.select(person.c.id)
        .where(person.c.state == "active", _begins(column, name), *more)
        .order_by(sa.collate(column, "C"))
        .limit(OF_EACH)
    )


_there = sa.select(department.c.id).where(_begins(department.c.name_key, "key")).limit(OF_EACH)
_WAYS: Final = (
    _some(person.c.name_key, "key"),
    _some(
        person.c.initials,
        "initials",
        person.c.name_key.regexp_match(bindparam("pattern", type_=sa.Text())),
    ),
    _some(person.c.name_latin, "key"),
    _some(person.c.username_key, "username"),
    _some(person.c.email_key, "username"),
    _some(person.c.employee_number, "number"),
    _some(person.c.phone, "phone"),
    sa.select(person.c.id)
    .where(
        person.c.state == "active",
        person.c.department_id == sa.any_(sa.func.array(_there.scalar_subquery())),
    )
    .order_by(person.c.name)
    .limit(OF_EACH),
)
_IDS = sa.union_all(*(sa.select(way.subquery().c.id) for way in _WAYS)).subquery("found")

SOUGHT: Final = Query(
    sa.select(*SEEN)
    .select_from(WORKING)
    .where(person.c.id == sa.any_(sa.func.array(sa.select(_IDS.c.id).scalar_subquery())))
    .order_by(sa.case((_begins(person.c.name_key, "key"), 0), else_=1), person.c.name, person.c.id)
    .limit(bindparam("most", type_=sa.Integer())),
    UserOut,
)


async def sought(ctx: Context, text: str, most: int) -> list[UserOut]:
    """The first people whom a text may mean: by the beginning of a name, its initial consonants or
    both mixed (홍ㄱㄷ), its romanisation, of a user name, mail address, employee number or phone
    number, or by their department's name."""
    found = apart(unicodedata.normalize("NFC", text.strip().replace("\x00", "\ufffd")))
    if not found:
        return []
    asked = {
        "key": name_key(found),
        "initials": initials(found),
        "pattern": pattern("".join(found.split()).casefold()),  # not NFKC: it takes ㄱ for another
        "username": fold(found),
        "number": found,
        "phone": phone(found),
    }
    return list(await ctx.read(SOUGHT, most=most, **asked))


def phone(text: str) -> str:
    """A phone number's beginning as it is stored; what is none is nobody's."""
    digits = re.sub(r"\D", "", text)
    if not digits or not _PHONE.fullmatch(text):
        return LAST
    if digits.startswith("02"):
        return "-".join(filter(None, (digits[:2], digits[2:])))
    return "-".join(filter(None, (digits[:3], digits[3:7], digits[7:])))


def pattern(key: str) -> str:
    """Names that are meant letter by letter: a consonant is any syllable that begins with it, and
    the last syllable, if open, any that goes on from it."""
    return "^" + "".join(_letter(char, last=at == len(key) - 1) for at, char in enumerate(key))


def _letter(char: str, *, last: bool) -> str:
    if char in INITIALS:
        start = FIRST + INITIALS.index(char) * OF_INITIAL
        return f"[{char}{chr(start)}-{chr(start + OF_INITIAL - 1)}]"
    at = place(char)
    if last and at is not None and at % OF_VOWEL == 0:
        return f"[{char}-{chr(ord(char) + OF_VOWEL - 1)}]"
    return re.sub(r"([^\w])", r"\\\1", char)
