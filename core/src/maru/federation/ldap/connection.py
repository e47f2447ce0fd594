"""Connections to directory servers, encrypted as they must be and closed whatever happens."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import ldap3
from ldap3.core.exceptions import LDAPException

from maru.federation.errors import ProviderAway
from maru.federation.settings import LdapSettings

CONNECT: Final = 2
ANSWER: Final = 3


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a server is: the name that its certificate must bear, and the number to dial."""

    host: str
    address: str
    port: int


class _Encrypted(ldap3.Tls):  # type: ignore[misc]  # ldap3 has no types
    """TLS as Python does it: the certificate must bear the server's name, which ldap3 itself looks
    at by means that newer Pythons lack."""

    def __init__(self, host: str, authority: str) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._host = host
        self._context = ssl.create_default_context(cadata=authority or None)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2

    def wrap_socket(self, connection: ldap3.Connection, do_handshake: bool = False) -> None:
        """What ldap3 calls, for LDAPS and StartTLS."""
        connection.socket = self._context.wrap_socket(connection.socket, server_hostname=self._host)


@contextmanager
def opened(
    spot: Spot, settings: LdapSettings, user: str = "", password: str = ""
) -> Iterator[ldap3.Connection]:
    """A connection that is encrypted as it must be, and closed whatever happens."""
    server = ldap3.Server(
        spot.address,
        spot.port,
        use_ssl=settings.security == "ldaps",
        tls=_Encrypted(spot.host, settings.authority),
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
    try:
        connection.open(read_server_info=False)
        if settings.security == "starttls" and not connection.start_tls(read_server_info=False):
            raise ProviderAway(f"{spot.host} refuses StartTLS")
        yield connection
    finally:
        _close(connection)


@contextmanager
def searching(spot: Spot, settings: LdapSettings, secret: str) -> Iterator[ldap3.Connection]:
    """A connection of the account that searches; raises ProviderAway where it is refused."""
    with opened(spot, settings) as connection:
        dn = settings.bind_dn
        if dn:
            connection.user, connection.password = dn, secret
            connection.authentication = ldap3.SIMPLE
        if (dn and not secret) or not connection.bind(read_server_info=False):
            raise ProviderAway(f"the searching account is refused: {said(connection)}")
        yield connection


def said(connection: ldap3.Connection) -> str:
    """What a server said last, for the log and the trail."""
    result = connection.result or {}
    return f"{result.get('description', '')} {result.get('message', '')}".strip()[:200]


def _close(connection: ldap3.Connection) -> None:
    """Also what failed half-way, of which ldap3 forgets the socket."""
    held = connection.socket
    with suppress(LDAPException, OSError):
        connection.unbind()
    if held is not None:
        held.close()
