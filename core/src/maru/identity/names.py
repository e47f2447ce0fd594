"""Names in the forms in which they are stored beside themselves, so that they can be sought."""

import unicodedata

from maru.identity.hangul import initials, romanize


def name_key(name: str) -> str:
    """A name as two of them are compared: compatible letters, case and spaces make no
    difference."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def sought(name: str) -> dict[str, str]:
    """The columns of a person's name that search looks into."""
    return {
        "name_key": name_key(name),
        "initials": initials(name),
        "name_latin": romanize(name_key(name)),
    }


def department_sought(name: str) -> dict[str, str]:
    """The columns of a department's name that search looks into."""
    return {"name_key": name_key(name), "initials": initials(name)}
