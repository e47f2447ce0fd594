"""Names in the forms in which they are stored beside themselves, so that they can be sought."""

import re
import unicodedata
from typing import Final

from maru.identity.hangul import initials, romanize
from maru.identity.latin import latin_key

_TWO: Final = frozenset(
    ["남궁", "황보", "제갈", "선우", "독고", "사공", "서문", "동방", "어금", "망절"]
)
_HANGUL: Final = re.compile(r"[가-힣]{2,}")


def name_key(name: str) -> str:
    """A name as two of them are compared: compatible letters, case and spaces make no
    difference."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def given_name(name: str) -> str:
    """A name without the family's, as far as letters tell: a family's of two letters is one only
    where a given name of two is left, since 선우진 may be either."""
    family, _, given = unicodedata.normalize("NFC", name).strip().partition(" ")
    if given:
        return given
    if not _HANGUL.fullmatch(family):
        return ""
    return family[2:] if family[:2] in _TWO and len(family) > 3 else family[1:]


def sought(name: str) -> dict[str, str]:
    """The columns of a person's name that search looks into."""
    key, given = name_key(name), name_key(given_name(name))
    return {
        "name_key": key,
        "initials": initials(name),
        "name_latin": romanize(key),
        "latin_key": latin_key(romanize(key)),
        "given_key": given,
        "given_initials": initials(given),
        "given_latin": latin_key(romanize(given + key.removesuffix(given))) if given else "",
    }


def department_sought(name: str) -> dict[str, str]:
    """The columns of a department's name that search looks into."""
    return {"name_key": name_key(name), "initials": initials(name)}
