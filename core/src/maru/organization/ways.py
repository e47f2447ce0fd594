"""The ways in which people are sought: each column has an index of its own, in which what begins so
is a range. Nothing is read that an index doesn't name."""

import re
import unicodedata
from typing import Any, Final

import sqlalchemy as sa

from maru.identity.hangul import FIRST, INITIALS, OF_INITIAL, OF_VOWEL, apart, initials, place
from maru.identity.latin import latin_key
from maru.identity.models import Department, Person
from maru.identity.names import name_key
from maru.identity.sign_in import fold
from maru_sdk.db import bindparam

LAST: Final = "\U0010ffff"
"""Behind everything that begins so, and the beginning of nothing."""

DEPARTMENTS: Final = 40
_PHONE: Final = re.compile(r"[\d\s().+-]{3,}")
_LATIN: Final = re.compile(r"[a-z\s'.,-]*[a-z][a-z\s'.,-]*")

person: Final[Any] = Person.__table__  # type: ignore[attr-defined]
_department: Final[Any] = Department.__table__  # type: ignore[attr-defined]


def begins(column: Any, name: str) -> Any:
    """That a column begins so, in the words of an index: the order of bytes, from and to."""
    asked = bindparam(name, type_=sa.Text())
    ordered = sa.collate(column, "C")
    return sa.and_(ordered >= asked, ordered < asked.concat(sa.literal_column(f"'{LAST}'")))


def found(*conditions: Any, of_each: int | None = None) -> Any:
    """The ids of people under these conditions whom a text may mean: all, or the first `of_each`
    way."""
    return sa.union_all(
        *(sa.select(way.subquery().c.id) for way in _ways(conditions, of_each))
    ).subquery("found")


def _ways(conditions: tuple[Any, ...], most: int | None) -> list[Any]:
    letters = bindparam("pattern", type_=sa.Text())
    columns = [
        (person.c.name_key, "key", ()),
        (person.c.initials, "initials", (person.c.name_key.regexp_match(letters),)),
        (person.c.given_key, "key", ()),
        (person.c.given_initials, "initials", (person.c.given_key.regexp_match(letters),)),
        (person.c.latin_key, "latin", ()),
        (person.c.given_latin, "latin", ()),
        (person.c.username_key, "username", ()),
        (person.c.email_key, "username", ()),
        (person.c.employee_number, "number", ()),
        (person.c.phone, "phone", ()),
    ]
    ways = [
        sa.select(person.c.id)
        .where(begins(column, name), *more, *conditions)
        .order_by(sa.collate(column, "C"))
        for column, name, more in columns
    ]
    there = sa.select(_department.c.id).where(begins(_department.c.name_key, "key"))
    named = there.limit(DEPARTMENTS).subquery("named")
    ways.append(
        sa.select(person.c.id)
        .join(named, person.c.department_id == named.c.id)
        .where(*conditions)
        .order_by(person.c.name)
    )
    return [way.limit(most) for way in ways] if most else [way.order_by(None) for way in ways]


def asked_for(text: str) -> dict[str, str]:
    """What each way is asked for a text; nothing for nothing."""
    sought = apart(unicodedata.normalize("NFC", text.strip().replace("\x00", "\ufffd")))
    if not sought:
        return {}
    return {
        "key": name_key(sought),
        "initials": initials(sought),
        "pattern": pattern("".join(sought.split()).casefold()),  # not NFKC: it takes ㄱ for another
        "latin": latin(sought),
        "username": fold(sought),
        "number": sought,
        "phone": phone(sought),
    }


def latin(text: str) -> str:
    """A name in Latin letters as its spellings are stored; what is none is nobody's."""
    alike = unicodedata.normalize("NFKC", text).casefold()
    return (latin_key(alike) if _LATIN.fullmatch(alike) else "") or LAST


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
