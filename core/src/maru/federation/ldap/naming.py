"""Which one person a typed name means. Active Directory knows everybody by three names: `haneul`,
`CORP\\haneul` and `haneul@corp.example`."""

from collections.abc import Iterator
from typing import Final

import ldap3
from ldap3.utils.conv import escape_filter_chars

from maru.federation.ldap.entries import Entry, entries, people
from maru.federation.settings import LdapSettings

_NEVER_MORE_THAN: Final = 2


def one(connection: ldap3.Connection, settings: LdapSettings, typed: str) -> Entry | None:
    """The one person of this name; none where several fit. Raises ProviderAway."""
    for found in _readings(connection, settings, typed):
        if found:
            return found[0] if len(found) == 1 else None
    return None


def account_part(settings: LdapSettings, typed: str) -> str:
    """A typed name without its domain, where the directory has such: under which guesses are
    counted, so that three spellings don't allow thrice as many."""
    if settings.subject != "objectGUID":
        return typed
    return _parted(typed)[0]


def _readings(
    connection: ldap3.Connection, settings: LdapSettings, typed: str
) -> Iterator[list[Entry]]:
    """Who fits each way to read the name, the plainest first."""
    yield _fitting(connection, settings, settings.search.replace("{username}", _safe(typed)))
    account, attribute, domain = _parted(typed)
    if settings.subject != "objectGUID" or not domain or not account:
        return
    if attribute == "dnsRoot":
        anybody = settings.search.replace("{username}", "*")
        yield _fitting(connection, settings, f"(&{anybody}(userPrincipalName={_safe(typed)}))")
    roots = _roots(connection, attribute, domain)
    within = settings.search.replace("{username}", _safe(account))
    yield [
        entry
        for entry in (_fitting(connection, settings, within) if roots else ())
        if _domain_of(entry.dn) in roots
    ]


def _fitting(connection: ldap3.Connection, settings: LdapSettings, sought: str) -> list[Entry]:
    return list(people(connection, settings, sought, _NEVER_MORE_THAN))


def _roots(connection: ldap3.Connection, attribute: str, domain: str) -> set[str]:
    """Where the domain of this name begins, as the forest itself says."""
    asked = ["configurationNamingContext"]
    root = entries(connection, "", "(objectClass=*)", asked, 1, ldap3.BASE)
    places = [name for found in root for name in _values(found, asked[0])]
    sought = f"(&(nETBIOSName=*)({attribute}={_safe(domain)}))"
    return {
        name.casefold()
        for place in places
        for found in entries(connection, f"CN=Partitions,{place}", sought, ["nCName"], 5)
        for name in _values(found, "nCName")
    }


def _values(found: object, attribute: str) -> list[str]:
    assert isinstance(found, dict)
    return [value.decode() for value in found["raw_attributes"].get(attribute, ())]


def _domain_of(dn: str) -> str:
    """The part of a name that its domain gives it."""
    folded = dn.casefold()
    at = folded.find(",dc=")
    return folded[at + 1 :] if at >= 0 else ""


def _parted(typed: str) -> tuple[str, str, str]:
    """The account, by which attribute its domain is known, and the domain; empty without one."""
    domain, slash, account = typed.partition("\\")
    if slash:
        return account, "nETBIOSName", domain
    account, _, domain = typed.rpartition("@")
    return (account, "dnsRoot", domain) if account else (typed, "", "")


def _safe(text: str) -> str:
    escaped: str = escape_filter_chars(text)
    return escaped
