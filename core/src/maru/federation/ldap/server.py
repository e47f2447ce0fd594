"""One directory server, asked in a thread: nothing here may run on the event loop."""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import ldap3
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars

from maru.federation.errors import ProviderAway
from maru.federation.settings import LdapSettings

CONNECT: Final = 2.0
ANSWER: Final = 3.0
_WRONG: Final = (19, 49, 50, 53)
_NEVER_MORE_THAN: Final = 2
_DISABLED: Final = 0x2


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a server is: the name that its certificate must bear, and the number to dial."""

    host: str
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of a directory: attributes by their names in small letters."""

    dn: str
    subject: str
    attributes: Mapping[str, list[str]]


def proved(
    spot: Spot, settings: LdapSettings, secret: str, username: str, password: str
) -> Entry | None:
    """The person of this name where the password is theirs; raises ProviderAway where the
    directory couldn't be asked."""
    try:
        with _open(spot, settings) as searching:
            _bind(searching, settings.bind_dn, secret)
            entry = _one(searching, settings, username)
        if entry is None or not password:
            return None
        with _open(spot, settings, entry.dn, password) as own:
            return entry if _is_let_in(own) else None
    except (LDAPException, OSError, ssl.SSLError) as error:
        raise ProviderAway(f"{spot.host}: {error}") from error


def counted(spot: Spot, settings: LdapSettings, secret: str, most: int = 100) -> int:
    """How many people the search account finds, up to `most`; raises ProviderAway."""
    try:
        with _open(spot, settings) as searching:
            _bind(searching, settings.bind_dn, secret)
            any_name = settings.search.replace("{username}", "*")
            return len(list(_found(searching, settings, any_name, most)))
    except (LDAPException, OSError, ssl.SSLError) as error:
        raise ProviderAway(f"{spot.host}: {error}") from error


def _open(
    spot: Spot, settings: LdapSettings, user: str = "", password: str = ""
) -> ldap3.Connection:
    tls = ldap3.Tls(
        validate=ssl.CERT_REQUIRED,
        version=ssl.PROTOCOL_TLS_CLIENT,
        ca_certs_data=settings.authority or None,
        valid_names=[spot.host],
        sni=spot.host,
    )
    server = ldap3.Server(
        spot.address,
        spot.port,
        use_ssl=settings.security == "ldaps",
        tls=tls,
        get_info=ldap3.NONE,
        connect_timeout=CONNECT,
        allowed_referral_hosts=[],
    )
    connection = ldap3.Connection(
        server,
        user=user or None,
        password=password or None,
        auto_bind=ldap3.AUTO_BIND_NONE,
        auto_referrals=False,
        check_names=False,
        read_only=True,
        receive_timeout=ANSWER,
        raise_exceptions=False,
    )
    connection.open(read_server_info=False)
    if settings.security == "starttls" and not connection.start_tls(read_server_info=False):
        raise ProviderAway(f"{spot.host} refuses StartTLS")
    return connection


def _bind(connection: ldap3.Connection, dn: str, secret: str) -> None:
    if dn:
        connection.user, connection.password = dn, secret
        connection.authentication = ldap3.SIMPLE
    if (dn and not secret) or not connection.bind(read_server_info=False):
        raise ProviderAway(f"the searching account is refused: {_said(connection)}")


def _is_let_in(connection: ldap3.Connection) -> bool:
    """Whether the password is right; raises ProviderAway where the server doesn't say."""
    if connection.bind(read_server_info=False):
        return True
    if connection.result.get("result") in _WRONG:
        return False
    raise ProviderAway(_said(connection))


def _one(connection: ldap3.Connection, settings: LdapSettings, username: str) -> Entry | None:
    """The one person of this name; none where several fit, or where they are switched off."""
    sought = settings.search.replace("{username}", escape_filter_chars(username))
    found = list(_found(connection, settings, sought, _NEVER_MORE_THAN))
    if len(found) != 1:
        return None
    flags = found[0].attributes.get("useraccountcontrol", ["0"])[0]
    off = flags.isdecimal() and int(flags) & _DISABLED
    return None if off else found[0]


def _found(
    connection: ldap3.Connection, settings: LdapSettings, sought: str, most: int
) -> Iterator[Entry]:
    connection.search(
        settings.base_dn,
        sought,
        search_scope=ldap3.SUBTREE,
        dereference_aliases=ldap3.DEREF_NEVER,
        attributes=named(settings),
        size_limit=most,
        time_limit=int(ANSWER),
    )
    result = connection.result.get("result")
    if result not in (0, 4):  # 4: there are more than were asked for
        raise ProviderAway(f"the search is refused: {_said(connection)}")
    for one in connection.response or ():
        if one.get("type") == "searchResEntry" and (entry := _entry(one, settings)):
            yield entry


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


def _said(connection: ldap3.Connection) -> str:
    result = connection.result or {}
    return f"{result.get('description', '')} {result.get('message', '')}".strip()[:200]
