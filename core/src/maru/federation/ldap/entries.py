"""Searching a directory: what is asked for, and people as it shows them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import ldap3

from maru.federation.errors import ProviderAway
from maru.federation.ldap.connection import ANSWER, said
from maru.federation.settings import LdapSettings

NOTHING: Final = ("1.1",)
"""The attribute that stands for none (RFC 4511): the names of the entries suffice."""
_DONE, _NO_SUCH, _MORE = 0, 32, 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of a directory: attributes by their names in small letters."""

    dn: str
    subject: str
    attributes: Mapping[str, list[str]]


def people(
    connection: ldap3.Connection, settings: LdapSettings, sought: str, most: int
) -> Iterator[Entry]:
    """The people that fit a filter, so many at most; raises ProviderAway."""
    found = entries(connection, settings.base_dn, sought, named(settings), most)
    for one in found:
        if entry := _entry(one, settings):
            yield entry


def entries(
    connection: ldap3.Connection,
    base: str,
    sought: str,
    attributes: Sequence[str],
    most: int,
    scope: str = ldap3.SUBTREE,
) -> list[Mapping[str, Any]]:
    """The entries that fit a filter, so many at most, none where the base isn't there; raises
    ProviderAway."""
    connection.search(
        base,
        sought,
        search_scope=scope,
        dereference_aliases=ldap3.DEREF_NEVER,
        attributes=list(attributes),
        size_limit=most,
        time_limit=ANSWER,
    )
    result = connection.result.get("result")
    if result not in (_DONE, _NO_SUCH, _MORE):
        raise ProviderAway(f"the search is refused: {said(connection)}")
    return [one for one in connection.response or () if one.get("type") == "searchResEntry"]


def named(settings: LdapSettings) -> list[str]:
    """The attributes that are asked for."""
    names = (
        *(settings.username, settings.person_name, settings.email, settings.employee_number),
        *(settings.phone, settings.department, settings.position, settings.groups),
        *(settings.roles, settings.subject, "userAccountControl"),
    )
    return sorted({name for name in names if name})


def _entry(one: Mapping[str, Any], settings: LdapSettings) -> Entry | None:
    raw = {name.lower(): values for name, values in one["raw_attributes"].items()}
    subject = _subject(raw.pop(settings.subject.lower(), None), settings.subject)
    if subject is None:
        return None
    attributes = {
        name: [value.decode("utf-8", "ignore") for value in values]
        for name, values in raw.items()
        if values
    }
    return Entry(one["dn"], subject, attributes)


def _subject(values: list[bytes] | None, name: str) -> str | None:
    """What never changes about an entry; Active Directory writes it in an order of its own."""
    try:
        (value,) = values or [b""]
        if name == "objectGUID":
            return str(UUID(bytes_le=value))
        return str(UUID(value.decode("ascii")))
    except ValueError:
        return None
