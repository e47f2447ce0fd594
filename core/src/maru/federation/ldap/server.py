"""One directory server, asked in a thread: nothing here may run on the event loop."""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

import ldap3
from ldap3.core.exceptions import LDAPException

from maru.federation.errors import (
    DirectoryAccountExpired,
    DirectoryAccountOff,
    DirectoryPasswordExpired,
    ProviderAway,
    SignInStopped,
)
from maru.federation.ldap.connection import Spot, opened, said, searching
from maru.federation.ldap.entries import Entry, people
from maru.federation.ldap.naming import one
from maru.federation.ldap.nesting import with_nested
from maru.federation.settings import LdapSettings

_WRONG: Final = (19, 49, 50, 53)
_DISABLED: Final = 0x2
# What Active Directory says only to the right password, so that nobody learns of accounts by it.
_RIGHT_BUT: Final[dict[str, type[SignInStopped]]] = {
    "532": DirectoryPasswordExpired,
    "533": DirectoryAccountOff,
    "701": DirectoryAccountExpired,
    "773": DirectoryPasswordExpired,
}


def proved(
    spot: Spot, settings: LdapSettings, secret: str, username: str, password: str
) -> Entry | None:
    """The person of this name where the password is theirs, with all of their groups.

    Raises ProviderAway where the directory couldn't be asked, and DirectoryAccountOff,
    DirectoryAccountExpired or DirectoryPasswordExpired where the password is right and yet opens
    nothing.
    """
    with _asking(spot), searching(spot, settings, secret) as connection:
        entry = one(connection, settings, username)
        # A name that nobody has costs a bind as well, or the time would tell.
        dn = _nobody(settings) if entry is None else entry.dn
        with opened(spot, settings, dn, password) as own:
            let_in = bool(password) and _is_let_in(own)
        if entry is None or not let_in:
            return None
        _check_on(entry)
        return with_nested(connection, settings, entry)


def counted(spot: Spot, settings: LdapSettings, secret: str, most: int = 100) -> int:
    """How many people the search account finds, up to `most`; raises ProviderAway."""
    with _asking(spot), searching(spot, settings, secret) as connection:
        anybody = settings.search.replace("{username}", "*")
        return len(list(people(connection, settings, anybody, most)))


@contextmanager
def _asking(spot: Spot) -> Iterator[None]:
    """Raises ProviderAway for whatever goes wrong on the way."""
    try:
        yield
    except (LDAPException, OSError, ssl.SSLError) as error:
        raise ProviderAway(f"{spot.host}: {error}") from error


def _is_let_in(connection: ldap3.Connection) -> bool:
    """Whether the password is right; raises where it is and opens nothing, or where the server
    doesn't say."""
    if connection.bind(read_server_info=False):
        return True
    told = re.search(r"\bdata ([0-9a-f]{3})\b", connection.result.get("message") or "")
    if told is not None and (stopped := _RIGHT_BUT.get(told[1])):
        raise stopped(said(connection))
    if connection.result.get("result") in _WRONG:
        return False
    raise ProviderAway(said(connection))


def _check_on(entry: Entry) -> None:
    """Raises DirectoryAccountOff for who is switched off where the server itself let them in."""
    flags = entry.attributes.get("useraccountcontrol", ["0"])[0]
    if flags.isdecimal() and int(flags) & _DISABLED:
        raise DirectoryAccountOff(f"{entry.dn} is switched off")


def _nobody(settings: LdapSettings) -> str:
    return f"cn={uuid4()},{settings.base_dn}"
