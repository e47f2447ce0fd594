"""Groups that somebody is in through other groups: asked of Active Directory in one question,
walked elsewhere, with an end to both."""

from collections.abc import Sequence
from typing import Final

import ldap3
from ldap3.utils.conv import escape_filter_chars

from maru.federation.ldap.entries import NOTHING, Entry, entries
from maru.federation.settings import LdapSettings

MEMBER_OF: Final = "memberof"
MOST: Final = 1_000
DEEPEST: Final = 10
_AT_ONCE: Final = 50
_IN_CHAIN: Final = "member:1.2.840.113556.1.4.1941:"


def with_nested(connection: ldap3.Connection, settings: LdapSettings, person: Entry) -> Entry:
    """The person with all of their groups where groups count; raises ProviderAway."""
    counting = {settings.roles.lower(), settings.groups.lower()}
    if not settings.nested_groups or MEMBER_OF not in counting:
        return person
    direct = person.attributes.get(MEMBER_OF, [])
    found = _in_chain if settings.subject == "objectGUID" else _walked
    groups = _once([*direct, *found(connection, settings, [person.dn, *direct])])
    # Said even where it is empty: who has left their last group has no role by it any more.
    return Entry(person.dn, person.subject, {**person.attributes, MEMBER_OF: groups})


def _in_chain(
    connection: ldap3.Connection, settings: LdapSettings, names: Sequence[str]
) -> list[str]:
    """What Active Directory says itself, loops included."""
    sought = f"({_IN_CHAIN}={escape_filter_chars(names[0])})"
    return _groups(connection, settings, sought)


def _walked(
    connection: ldap3.Connection, settings: LdapSettings, names: Sequence[str]
) -> list[str]:
    """Level by level, none twice: a group within itself ends where it began."""
    seen: dict[str, str] = {}
    level = list(names)
    for _ in range(DEEPEST):
        parts = (level[at : at + _AT_ONCE] for at in range(0, len(level), _AT_ONCE))
        above = [group for part in parts for group in _above(connection, settings, part)]
        level = [one for one in _once(above) if one.casefold() not in seen]
        seen |= {one.casefold(): one for one in level}
        if not level or len(seen) >= MOST:
            break
    return list(seen.values())[:MOST]


def _above(connection: ldap3.Connection, settings: LdapSettings, names: Sequence[str]) -> list[str]:
    """The groups that have one of these as a member."""
    safe = [escape_filter_chars(name) for name in names]
    parts = (f"(member={name})(uniqueMember={name})" for name in safe)
    return _groups(connection, settings, f"(|{''.join(parts)})")


def _groups(connection: ldap3.Connection, settings: LdapSettings, sought: str) -> list[str]:
    found = entries(connection, _place(settings), sought, NOTHING, MOST)
    return [one["dn"] for one in found]


def _place(settings: LdapSettings) -> str:
    """Where groups are searched: as set, else in the whole domain that people are in."""
    if settings.group_base_dn:
        return settings.group_base_dn
    folded = settings.base_dn.casefold()
    if folded.startswith("dc="):
        return settings.base_dn
    at = folded.find(",dc=")
    return settings.base_dn[at + 1 :] if at >= 0 else settings.base_dn


def _once(names: Sequence[str]) -> list[str]:
    """Without those that differ in capitals alone."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.casefold(), name)
    return list(first.values())
